"""The first sheet of a correction workbook: what arrived, what is already in, what to look at, and how to send it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from equity.delivery.holds import sentence as hold_sentence
from equity.delivery.register import Counts, Delivery
from equity.delivery.sheets.correction import Paper, label, sentence
from equity.delivery.sheets.styles import BLUE, LINE, SYMBOLS, WEIGHTS, height, lines, protect, set_up_print
from equity.delivery.to_correct import CORRECT, MARK, TableToCorrect
from equity.records import record_type
from equity.settings import BANGKOK
from equity.sources.spec import Source
from equity.thai.dates import thai_date

NAME = "สรุป"
WIDE = (36, 64, 12, 12, 14, 10, 12, 14)
MEANINGS = {
    "critical": "สีชมพูลายขีด ขอบหนา: แถวนี้ระบบเก็บไว้ให้แล้วแต่ยังไม่นำเข้า {mend} ระบบจะนำเข้าให้",
    "warning": "สีเหลืองลายจุด ขอบประ: แถวนี้นำเข้าแล้ว ขอให้ช่วยดูช่องนี้อีกครั้ง",
}


def write(
    paper: Paper, source: Source, delivery: Delivery, tables: Sequence[TableToCorrect], counts: Sequence[Counts],
    notice: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write the sheet."""
    page = _Page(paper)
    received: datetime = delivery.received_at.astimezone(BANGKOK)
    page.line("ผลการตรวจข้อมูล", paper.styles.title, 32)
    page.skip()
    page.pair("เลขที่อ้างอิง", delivery.reference)
    page.pair("ผู้ส่ง", source.partner.name.th)
    page.pair("ไฟล์", delivery.name)
    page.pair("ได้รับเมื่อ", thai_date(received.date()))
    page.skip()
    if delivery.hold_code:
        page.pair("ยังไม่ได้นำเข้าข้อมูล", hold_sentence(delivery.hold_code, delivery.hold_detail))
        page.skip()
        page.whole("ขอบคุณที่ส่งข้อมูลมา ข้อมูลเดิมของท่านยังอยู่ครบ ไม่มีสิ่งใดสูญหาย")
    else:
        for words in notice or [_thanks(counts)]:
            page.whole(words)
        page.skip()
        _how_to(page, source, any(r.severity == "warning" for table in tables for r in table.reasons))
        page.skip()
        _legend(page)
        page.skip()
        if counts:
            _counts(page, counts)
            page.skip()
        _found(page, tables)
    page.skip()
    page.heading("สอบถาม")
    page.whole(
        f"ผู้ดูแลระบบข้อมูลการศึกษาของจังหวัด แจ้งเพียงเลขที่อ้างอิง {delivery.reference} ก็พอ ไม่ต้องส่งชื่อหรือเลขประจำตัวของใครทางแชตหรืออีเมล"
    )
    if tables:
        page.whole("ไฟล์นี้มีข้อมูลส่วนบุคคล กรุณาเก็บรักษาเหมือนไฟล์ต้นฉบับ และลบเมื่อแก้เสร็จ")
    page.close()


def _thanks(counts: Sequence[Counts]) -> str:
    words = "ขอบคุณที่ส่งข้อมูล"
    if counts:
        received, to_do = (sum(getattr(c, name) for c in counts) for name in ("received", "quarantined"))
        words += f" ได้รับครบ {received:,} แถว"
        words += f" เรียบร้อยแล้ว {received - to_do:,} แถว" if received > to_do else ""
    if gone := sum(c.deleted for c in counts):
        words += f" มี {gone:,} แถวที่เคยส่งแต่ไม่มีในชุดนี้ ระบบถือว่าเลิกใช้แล้ว หากยังใช้อยู่ กรุณาส่งรายการที่ครบถ้วนมาใหม่"
    return f"{words} เหลือเฉพาะแถวในแผ่นงานถัดไปที่ขอให้ช่วยดู แถวที่ถูกต้องนำเข้าแล้ว ไม่ต้องส่งซ้ำ"


def _how_to(page: _Page, source: Source, warned: bool) -> None:
    page.heading("วิธีแก้และส่งกลับ")
    if not page.paper.returnable:
        page.whole("กรุณาแก้ในระบบหรือไฟล์ต้นฉบับของท่าน แล้วส่งตามปกติ แถวที่ไม่เปลี่ยนจะไม่ถูกนับสองครั้ง (ไฟล์นี้ใช้อ่านเท่านั้น ส่งกลับทางนี้ไม่ได้)")
        return
    steps = [
        "เปิดแผ่นงานถัดไป แก้ช่องที่มีสีได้เลย ช่องอื่นล็อกไว้กันพลาด (ไม่มีรหัสผ่าน) เหตุผลอยู่ในหมายเหตุของช่องและในคอลัมน์ท้าย",
        *([f"ถ้าแถวที่มีแต่ช่องสีเหลืองลายจุดถูกต้องอยู่แล้ว เลือก “{CORRECT}” ในคอลัมน์ “{MARK}” ระบบจะไม่ถามอีก"] if warned else []),
        f"บันทึกโดยไม่เปลี่ยนชื่อไฟล์ {_back(source)} แก้เพียงบางแถวก็ส่งได้ แถวที่ไม่ได้แตะจะไม่ถูกอ่านซ้ำ",
        "ถ้าสะดวกกว่า แก้ในไฟล์ต้นฉบับแล้วส่งไฟล์ต้นฉบับมาใหม่ก็ได้ และถ้าแก้ในไฟล์นี้ กรุณาแก้ไฟล์ต้นฉบับด้วย ครั้งต่อไปจะได้ตรงกัน",
    ]
    for number, step in enumerate(steps, 1):
        page.whole(f"{number}. {step}")


def _back(source: Source) -> str:
    by = source.fetch.by
    if by == "sftp":
        return f"แล้วอัปโหลดไฟล์นี้ไปที่โฟลเดอร์ที่ท่านใช้ส่งข้อมูลบน SFTP ({getattr(source.fetch, 'folder', '') or '/'})"
    if by == "mail":
        return "แล้วแนบไฟล์นี้ส่งมาทางอีเมลที่ท่านใช้ส่งข้อมูล"
    return "แล้ววางไฟล์นี้ในโฟลเดอร์ที่ท่านใช้ส่งข้อมูล"


def _legend(page: _Page) -> None:
    page.heading("ความหมายของสีและเครื่องหมาย")
    mend = "แก้ช่องนี้แล้วส่งกลับ" if page.paper.returnable else "แก้ในระบบของท่านแล้วส่งตามปกติ"
    for weight, words in MEANINGS.items():
        meaning = words.format(mend=mend)
        page.marked(f"{SYMBOLS[weight]} {WEIGHTS[weight]}", meaning, weight)


def _counts(page: _Page, counts: Sequence[Counts]) -> None:
    page.heads(("ตาราง", "", "ได้รับ", "นำเข้า", "เหมือนเดิม", "ซ้ำ", "รอแก้ไข", "ควรตรวจสอบ"))
    for c in counts:
        numbers = (c.received, c.loaded, c.unchanged, c.repeated, c.quarantined, c.flagged)
        page.numbers(record_type(c.record_type).label.th, numbers)


def _found(page: _Page, tables: Sequence[TableToCorrect]) -> None:
    page.heads(("แผ่นงาน / ช่อง", "สิ่งที่พบและวิธีแก้", "จำนวน", "ระดับ"))
    for table in tables:
        if table.left_out:
            page.whole(
                f"{table.place or record_type(table.record_type).label.th}: มีอีก {table.left_out:,} แถวที่ไม่ได้แสดง "
                "แก้แถวเหล่านี้ก่อน แล้วจะส่งส่วนที่เหลือให้"
            )
    for other in (other for table in tables for other in table.beside):
        where = f"{other.place}: มีตารางอื่นอยู่ในแผ่นงานเดียวกัน" if other.place else "มีตารางอื่นอยู่ในไฟล์เดียวกัน"
        apart = "ย้ายไปไว้ในแผ่นงานของตัวเอง" if other.place else "แยกเป็นอีกไฟล์หนึ่ง"
        page.whole(
            f"{where} (หัวตารางอยู่แถวที่ {other.row}) จำนวน {other.rows:,} แถว ระบบไม่ได้อ่านตารางนี้ "
            f"ถ้าเป็นข้อมูลที่ต้องการส่ง กรุณา{apart}และแจ้งผู้ดูแลระบบ"
        )
    for table in tables:
        place = table.place or record_type(table.record_type).label.th
        for reason, cells in table.reasons.most_common():
            page.finding(f"{place} / {label(reason, table)}", sentence(reason, table), cells, reason.severity)


class _Page:
    """A sheet that is written from top to bottom."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.styles = paper.styles
        self.sheet: Any = paper.book.add_worksheet(NAME)
        self.row = 0
        self.sheet.hide_gridlines(2)
        self.sheet.set_default_row(LINE)
        for column, width in enumerate(WIDE):
            self.sheet.set_column(column, column, width)

    def skip(self) -> None:
        self.row += 1

    def line(self, words: str, style: Any, high: float = LINE) -> None:
        self.sheet.write_string(self.row, 0, words, style)
        self.sheet.set_row(self.row, high)
        self.row += 1

    def heading(self, words: str) -> None:
        self.line(words, self.styles.heading, LINE + 5)

    def whole(self, words: str) -> None:
        """A text over the whole width."""
        self.sheet.merge_range(self.row, 0, self.row, len(WIDE) - 1, "", self.styles.plain)
        self.sheet.write_string(self.row, 0, words, self.styles.plain)
        self.sheet.set_row(self.row, height(lines(words, sum(WIDE) - 10)))
        self.row += 1

    def pair(self, name: str, value: str) -> None:
        self.sheet.write_string(self.row, 0, name, self.styles.strong)
        self._wide(value)

    def marked(self, name: str, value: str, weight: str) -> None:
        self.sheet.write_string(self.row, 0, name, self.styles.weight(weight))
        self._wide(value)

    def _wide(self, value: str) -> None:
        self.sheet.merge_range(self.row, 1, self.row, len(WIDE) - 1, "", self.styles.plain)
        self.sheet.write_string(
            self.row, 1, value, self.styles.weight("", text=value) if value[:1] in "=+-@" else self.styles.plain
        )
        self.sheet.set_row(self.row, height(lines(value, sum(WIDE[1:]) - 10)))
        self.row += 1

    def heads(self, words: Sequence[str]) -> None:
        for column, head in enumerate(words):
            self.sheet.write_string(self.row, column, head, self.styles.head)
        self.row += 1

    def numbers(self, name: str, values: Sequence[int]) -> None:
        self.sheet.write_string(self.row, 0, name, self.styles.plain)
        for column, number in enumerate(values, 2):
            self.sheet.write_number(self.row, column, number, self.styles.number)
        self.row += 1

    def finding(self, place: str, words: str, cells: int, weight: str) -> None:
        self.sheet.write_string(self.row, 0, place, self.styles.plain)
        self.sheet.write_string(self.row, 1, words, self.styles.plain)
        self.sheet.write_number(self.row, 2, cells, self.styles.number)
        self.sheet.merge_range(self.row, 3, self.row, 4, "", self.styles.weight(weight))
        self.sheet.write_string(
            self.row, 3, f"{SYMBOLS.get(weight, '')} {WEIGHTS.get(weight, '')}", self.styles.weight(weight)
        )
        self.sheet.set_row(self.row, height(max(lines(words, WIDE[1]), lines(place, WIDE[0]))))
        self.row += 1

    def close(self) -> None:
        self.sheet.set_tab_color(BLUE)
        set_up_print(self.sheet, self.paper.reference, self.paper.who)
        protect(self.sheet)
