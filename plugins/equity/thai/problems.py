"""Every problem that a reader of a cell can report, in words for the officer who sent the file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One kind of problem.

    Attributes:
        code: ``<family>.<name>``, stable: specs, suites and workbooks refer to it.
        fatal: True when the cell could not be read (its value is null); False when it was read but needs a look.
        th: what is wrong and what to do, in Thai, one or two sentences.
        en: the same in English.
        beside: fields besides the one it was seen in whose cells may as well be the wrong ones.

    """

    code: str
    fatal: bool
    th: str
    en: str
    beside: tuple[str, ...] = ()


_ALL = (
    # numbers
    Problem(
        "number.not_a_number",
        True,
        "ค่านี้ไม่ใช่ตัวเลข โปรดกรอกเฉพาะตัวเลข เช่น 3500 หากไม่ทราบค่าให้เว้นว่าง",
        "This is not a number. Enter digits only, such as 3500, and leave the cell empty if the figure is not known.",
    ),
    Problem(
        "number.not_whole",
        True,
        "ช่องนี้ต้องเป็นจำนวนเต็ม โปรดแก้ไขให้ไม่มีทศนิยม",
        "This cell needs a whole number. Correct it so that it has no decimals.",
    ),
    Problem(
        "number.too_large",
        True,
        "ตัวเลขมีจำนวนหลักมากเกินกว่าที่ระบบรับได้ โปรดตรวจสอบว่ากรอกผิดช่องหรือพิมพ์เกินหรือไม่",
        "The number has more digits than can be stored. Check for a slip of typing or a value in the wrong column.",
    ),
    Problem(
        "number.range",
        False,
        "กรอกเป็นช่วงตัวเลข ระบบใช้ค่ากึ่งกลางของช่วงแทน หากทราบค่าที่แน่นอนโปรดกรอกเป็นตัวเลขเดียว",
        "A range was given, so its midpoint is used. If the exact figure is known, enter that single number.",
    ),
    Problem(
        "number.about",
        False,
        "กรอกเป็นจำนวนโดยประมาณ ระบบใช้ตัวเลขที่กรอกไว้ หากทราบจำนวนที่แน่นอนโปรดกรอกแทน",
        "About so many was written; the number is used as it stands. If the exact figure is known, enter it instead.",
    ),
    Problem(
        "number.other_unit",
        True,
        "หน่วยที่เขียนต่อท้ายไม่ใช่หน่วยของช่องนี้ จึงไม่ทราบจำนวนที่แท้จริง โปรดกรอกเป็นตัวเลขในหน่วยของช่องนี้",
        "The unit written behind the number is not this column's. Enter the number in the unit of this column.",
    ),
    Problem(
        "boolean.unknown",
        True,
        "อ่านคำตอบนี้ไม่ได้ โปรดตอบ ใช่ หรือ ไม่ใช่",
        "This answer cannot be read. Answer yes or no (ใช่ / ไม่ใช่).",
    ),
    # dates
    Problem(
        "date.unreadable",
        True,
        "อ่านวันที่ไม่ได้ โปรดกรอกในรูปแบบ วัน/เดือน/ปี พ.ศ. เช่น 15/03/2549",
        "The date cannot be read. Write day/month/year with the Buddhist Era year, such as 15/03/2549.",
    ),
    Problem(
        "date.impossible",
        True,
        "ไม่มีวันที่นี้ในปฏิทิน (เช่น 31 กุมภาพันธ์ หรือ 29 กุมภาพันธ์ ในปีที่ไม่ใช่ปีอธิกสุรทิน) โปรดตรวจสอบกับเอกสารต้นฉบับ",
        "The calendar has no such day (such as 31 February, or 29 February outside a leap year). Check the document.",
    ),
    Problem(
        "date.ambiguous_year",
        False,
        "ปีมีเพียงสองหลัก เป็นได้ทั้ง พ.ศ. และ ค.ศ. ระบบอ่านเป็น พ.ศ. โปรดตรวจสอบและกรอกปีเป็นสี่หลัก",
        "The year has two digits and may be B.E. or C.E. It was read as B.E.; check it and write four digits.",
    ),
    Problem(
        "date.day_month_swapped",
        False,
        "วันกับเดือนดูเหมือนสลับกัน ระบบสลับกลับให้แล้ว โปรดตรวจสอบและกรอกเป็น วัน/เดือน/ปี",
        "Day and month seem to be swapped and were read the other way round. Check, and write day/month/year.",
    ),
    Problem(
        "date.era_contradiction",
        False,
        "คำว่า พ.ศ. หรือ ค.ศ. ไม่ตรงกับตัวเลขปี ระบบยึดตามตัวเลขปี โปรดตรวจสอบ",
        "The era written (พ.ศ. or ค.ศ.) does not go with the year. The year's digits were followed; check the date.",
    ),
    Problem(
        "date.out_of_range",
        False,
        "วันที่อยู่นอกช่วงที่เป็นไปได้ของช่องนี้ โปรดตรวจสอบปีและศักราช (พ.ศ./ค.ศ.)",
        "The date lies outside what this column can hold. Check the year and its era (B.E. or C.E.).",
    ),
    # national ids
    Problem(
        "national_id.excel_damage",
        True,
        "Excel แปลงเลขประจำตัวประชาชนเป็นรูปแบบวิทยาศาสตร์ (เช่น 3.1006E+12) ทำให้เลขบางหลักหายไป "
        "โปรดตั้งรูปแบบคอลัมน์เป็น “ข้อความ” แล้วกรอกเลข 13 หลักใหม่",
        "Excel turned the id into scientific notation (such as 3.1006E+12) and digits are lost. Format the column as "
        "text and enter all 13 digits again.",
    ),
    Problem(
        "national_id.leading_zero_restored",
        False,
        "เลขประจำตัวมี 12 หลัก คาดว่าเลข 0 ตัวแรกหายไป ระบบเติมให้แล้ว โปรดตรวจสอบและตั้งรูปแบบคอลัมน์เป็น “ข้อความ”",
        "The id has 12 digits; its lost leading 0 was put back. Check it, and format the column as text.",
    ),
    Problem(
        "national_id.wrong_length",
        True,
        "เลขประจำตัวต้องมี 13 หลัก (หรือรหัส G ตามด้วยตัวเลข 12 หลัก) โปรดตรวจสอบกับบัตรหรือทะเบียนบ้าน",
        "An id has 13 digits (or the letter G and 12 digits). Check it against the card or the house registration.",
    ),
    Problem(
        "national_id.unreadable",
        True,
        "เลขประจำตัวมีตัวอักษรหรือข้อความปนอยู่ โปรดกรอกเฉพาะตัวเลข 13 หลัก หรือรหัส G หากไม่มีเลขให้เว้นว่าง",
        "The id has letters or words in it. Enter 13 digits or a G-code only, or leave the cell empty.",
    ),
    Problem(
        "national_id.first_digit_9",
        True,
        "ไม่มีเลขประจำตัวประชาชนที่ขึ้นต้นด้วยเลข 9 โปรดตรวจสอบกับบัตรหรือทะเบียนบ้าน",
        "No national id begins with 9. Check it against the card or the house registration.",
    ),
    # names
    Problem(
        "name.unknown_prefix",
        False,
        "ระบบไม่รู้จักคำนำหน้าชื่อนี้ โปรดตรวจสอบตัวสะกด เช่น เด็กชาย เด็กหญิง นาย นาง นางสาว",
        "This name prefix is not known. Check its spelling (เด็กชาย, เด็กหญิง, นาย, นาง, นางสาว).",
    ),
    Problem(
        "name.two_persons",
        True,
        "มีชื่อมากกว่าหนึ่งคนในช่องเดียว โปรดให้เหลือคนเดียว และเพิ่มคนอื่นเป็นแถวใหม่ต่อท้ายตาราง",
        "One cell holds the names of more than one person. Give each person a row.",
    ),
    Problem(
        "name.no_last_name",
        False,
        "ไม่พบนามสกุล โปรดกรอกนามสกุล หากบุคคลไม่มีนามสกุลไม่ต้องแก้ไข",
        "There is no last name. Add it; if the person has none, nothing needs to be done.",
    ),
    Problem(
        "name.unreadable",
        True,
        "ช่องนี้ไม่มีชื่อบุคคล โปรดกรอกชื่อและนามสกุล",
        "There is no person's name in this cell. Enter the first name and the last name.",
    ),
    # phones
    Problem(
        "phone.unreadable",
        True,
        "หมายเลขโทรศัพท์ไม่ถูกต้อง โปรดกรอกเบอร์มือถือ 10 หลัก หรือเบอร์บ้าน 9 หลัก ที่ขึ้นต้นด้วย 0",
        "This is not a Thai phone number. Enter a mobile number of 10 digits or a landline of 9, beginning with 0.",
    ),
    Problem(
        "phone.leading_zero_restored",
        False,
        "เลข 0 ตัวแรกของหมายเลขโทรศัพท์หายไป ระบบเติมให้แล้ว โปรดตรวจสอบและตั้งรูปแบบคอลัมน์เป็น “ข้อความ”",
        "The phone number had lost its leading 0, which was put back. Check it, and format the column as text.",
    ),
    Problem(
        "phone.several",
        False,
        "มีหมายเลขโทรศัพท์มากกว่าหนึ่งหมายเลขในช่องเดียว ระบบใช้หมายเลขแรก โปรดตรวจสอบ",
        "The cell holds more than one phone number. The first is used; check that it is the right one.",
    ),
    # places
    Problem(
        "place.unknown",
        False,
        "ไม่พบชื่อหรือรหัสตำบล อำเภอ หรือจังหวัดนี้ โปรดตรวจสอบตัวสะกดหรือรหัส",
        "No tambon, amphoe or province has this name or code. Check its spelling or the code.",
    ),
    Problem(
        "place.ambiguous",
        False,
        "ชื่อตำบลนี้มีอยู่ในหลายอำเภอ โปรดกรอกอำเภอด้วย",
        "Several amphoe have a tambon of this name. Fill in the amphoe too.",
        beside=("amphoe_code",),
    ),
    Problem(
        "place.contradiction",
        False,
        "ตำบล อำเภอ และจังหวัดที่กรอกไม่ตรงกัน โปรดตรวจสอบกับทะเบียนบ้าน",
        "The tambon, amphoe and province do not belong together. Check them against the house registration.",
        beside=("tambon_code", "amphoe_code", "province_code"),
    ),
    Problem(
        "place.registrar_office",
        False,
        "รหัสนี้เป็นรหัสสำนักทะเบียนท้องถิ่น (เทศบาล) ไม่ใช่รหัสอำเภอ โปรดกรอกตำบลและอำเภอที่ตั้งจริง",
        "This is the code of a municipal registrar's office, not of an amphoe. Fill in the tambon and the amphoe.",
    ),
)

PROBLEMS: dict[str, Problem] = {problem.code: problem for problem in _ALL}
"""Every code that a reader of ``equity.thai`` can give, with its two sentences."""
