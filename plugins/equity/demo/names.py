"""Names of people who do not exist: first names and surnames composed of common syllables, and the canaries."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Take a list of words apart at its spaces."""
    return text.split()


def _compose(first: str, second: str) -> list[str]:
    return list(dict.fromkeys(a + b for a in first.split() for b in second.split() if a != b))


MALE = _compose(
    "สม บุญ วิ ประ ธน ณัฐ กิตติ อนุ สุร พิ วร ศุภ ภูมิ จักร เกียรติ",
    "ชัย พงษ์ ศักดิ์ พล วัฒน์ เดช รักษ์ ภัทร ฤทธิ์ นันท์",
)
FEMALE = _compose(
    "สม บุญ วรรณ ศิริ กัญ ณัฐ สุ มา รัตน พร จันทร์ อร นิ ปิย ชนา",
    "ญา ภา พร ลี รัตน์ วดี นุช ใจ ทิพย์ มณี",
)
LAST = _compose(
    "ใจ วงศ์ บุญ ศรี แก้ว ทอง คำ สุข อิน จันทร์ มณี ปัญญา เครือ ต๊ะ ยา อุ่น หล้า กันทา ไชย นันตา",
    "งาม ดี เรือน มา วัง หล้า คำ แสง ปิง สืบ วรรณ ธิ เมือง กาศ ฟู ยศ",
)
NICK = words("เอ บี นก หนู แดง ดำ ต้น ก้อย อ้อย นิด หน่อย บอย เจี๊ยบ ปู โอ๋ แอน ฝน ฟ้า เล็ก ใหญ่")

# Unmistakable: whoever finds one of these in a text has found a leak.
CANARY_FIRST = words(
    "ฆวิฬพฤนธ์ ฌุณัฒวีร์ ฐิฆัมพฬุห์ ฑีฆฤธาน ฒัญฬวุฒ ฌานุฑฤกษ์ ฆฤตฬธาดา ฐูปฌวิทย์ ฬุริฆนาถ ฑฤตวาฆิน "
    "ฒุลฌารี ฆัทฬิยาณี ฌินฑาวตี ฐิฬธารี ฑัชฆวรี ฬิลฌาภา ฒฤณวตี ฆุสุมฬี ฌัลฑิกา ฐาณุฆวดี"
)
CANARY_LAST = words(
    "ฬารึกฌเมธ ฆินฑุวารักษ์ ฐุฬฌาสกุล ฒาลึฆพันธ์ ฑองฬวิไลฌ ฌะฒิกุลวงค์ ฆฤษฬะโยธิน ฬะฌุมพลฆ ฐิฒาวรกิจฌ ฑุฆะรังสฬ "
    "ฒิฌานุวัฆ ฌาฬิพัฒนกร ฆอฑะรัศมิ์ ฬูฆะวรานนท์ ฐะฬิเมฆา ฑาฌะวิบูลย์ฆ ฒึฬะกสิกร ฌือฆาสถิต ฆะฒุรสฬีห์ ฬอฑิชัยฌา"
)
