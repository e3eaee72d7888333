"""Why a whole delivery is held or rejected, in words for the sender, and what to do."""

from __future__ import annotations

from typing import Any

from equity.declarations import Label

NAMED = 12  # of a long list of headers so many are told
# a column of these types is another one than agreed when more than this share of so many cells cannot be read
TYPED = ("date", "number", "integer", "boolean", "national_id")
FLIP_SHARE, FLIP_CELLS = 0.5, 10
HOLDS: dict[str, Label] = {
    "empty_file": Label(th="ไฟล์ว่างเปล่า กรุณาส่งใหม่", en="The file is empty; please send it again."),
    "not_declared": Label(
        th="ไม่รู้จักไฟล์ชื่อ {name} กรุณาตรวจสอบชื่อไฟล์",
        en="No table is declared for a file named {name}: check the name, or add it to the source's spec.",
    ),
    "unknown_format": Label(
        th="{name} ไม่ใช่ไฟล์ Excel หรือ CSV ที่อ่านได้ (เปลี่ยนเพียงนามสกุลไฟล์ไม่ได้) กรุณาบันทึกเป็น .xlsx หรือ .csv แล้วส่งใหม่",
        en="{name} is no workbook and no text that can be read, whatever it is called; please save it as .xlsx or .csv.",
    ),
    "unreadable_workbook": Label(
        th="เปิดไฟล์ Excel ไม่ได้ อาจเสียหายหรือมีรหัสผ่าน กรุณาบันทึกเป็น .xlsx โดยไม่ตั้งรหัสผ่านแล้วส่งใหม่",
        en="The workbook cannot be opened: damaged or password-protected. Please save it as .xlsx without a password.",
    ),
    "password_protected": Label(
        th="ไฟล์ Excel ตั้งรหัสผ่านไว้ ระบบเปิดไม่ได้ กรุณาบันทึกใหม่โดยไม่ตั้งรหัสผ่านแล้วส่งอีกครั้ง",
        en="The workbook is protected by a password. Please save it without one and send it again.",
    ),
    "too_large": Label(
        th="ข้อมูลมีขนาดใหญ่เกินไป ({megabytes} MB เกินกว่า {limit} MB) กรุณาแบ่งเป็นหลายไฟล์แล้วส่งใหม่",
        en="The delivery holds {megabytes} MB, more than the {limit} MB that are read; please send it in parts.",
    ),
    "too_many_columns": Label(
        th="ตารางมี {columns_found} คอลัมน์ เกินกว่าที่ระบบรับได้ ({limit}) กรุณาลบคอลัมน์ที่ไม่ใช้แล้วส่งใหม่",
        en="The table {place} has {columns_found} columns, more than {limit}; please delete those that are not used.",
    ),
    "too_many_cells": Label(
        th="ตาราง {place} กินพื้นที่ {cells} ช่อง เกินกว่าที่ระบบรับได้ ({limit}) กรุณาลบแถวและคอลัมน์ว่างที่อยู่นอกตาราง "
        "หรือแบ่งเป็นหลายไฟล์ แล้วส่งใหม่",
        en="The table {place} reaches over {cells} cells, more than {limit}: delete the empty rows and columns outside "
        "the table, or send it in parts.",
    ),
    "too_many_sheets": Label(
        th="ไฟล์มี {found} แผ่นงาน เกินกว่าที่ระบบรับได้ ({limit}) กรุณาแบ่งเป็นหลายไฟล์แล้วส่งใหม่",
        en="The workbook has {found} sheets, more than {limit}; please send it in parts.",
    ),
    "cell_too_long": Label(
        th='แถวที่ {row} มีช่องที่ยาวเกิน {limit} KB กรุณาตรวจเครื่องหมายอัญประกาศ (") ที่ไม่ได้ปิด หรือย่อข้อความ แล้วส่งใหม่',
        en="Row {row} has a cell of more than {limit} KB: look for a quotation mark that is never closed, or shorten the text.",
    ),
    "unclosed_quote": Label(
        th='เครื่องหมายอัญประกาศ (") ที่แถว {row} ไม่ได้ปิด แถวถัดไปจึงปนกัน กรุณาแก้ไขหรือส่งออกเป็น .xlsx แล้วส่งใหม่',
        en="A quotation mark in row {row} is never closed, so the rows below run into it: mend it, or send an .xlsx.",
    ),
    "lines_broken": Label(
        th="มากกว่า {rows} แถวมีจำนวนช่องไม่ตรงกับหัวตาราง เริ่มที่แถว {row} กรุณาตรวจตัวคั่นคอลัมน์ หรือส่งเป็น .xlsx",
        en="More than {rows} rows have another number of cells than the header, the first is row {row}: check the delimiter.",
    ),
    "unreadable_text": Label(
        th="อ่านไฟล์ข้อความไม่ได้ กรุณาส่งออกใหม่เป็น CSV",
        en="The text file cannot be read; please export it as CSV again.",
    ),
    "unknown_encoding": Label(
        th="รหัสอักขระของไฟล์ผิดตั้งแต่ไบต์ที่ {offset} กรุณาบันทึกเป็น CSV UTF-8 แล้วส่งใหม่",
        en="The bytes fit no known encoding (tried {tried}), first at offset {offset}; please save as CSV UTF-8.",
    ),
    "unreadable_json": Label(
        th="ข้อมูลจาก API หน้า {page} อ่านไม่ได้ กรุณาแจ้งผู้ดูแลระบบของท่าน",
        en="Page {page} of the pull is no JSON; please tell whoever runs the API.",
    ),
    "json_too_deep": Label(
        th="ข้อมูลจาก API หน้า {page} ซ้อนกันลึกเกิน {limit} ชั้น กรุณาแจ้งผู้ดูแลระบบของท่าน",
        en="Page {page} of the pull is nested more than {limit} levels deep; please tell whoever runs the API.",
    ),
    "item_too_large": Label(
        th="รายการหนึ่งในหน้า {page} ของ API ใหญ่เกิน {limit} MB กรุณาแจ้งผู้ดูแลระบบของท่าน",
        en="One item on page {page} of the pull is larger than {limit} MB: is the spec's `rows` the list of records?",
    ),
    "rows_not_found": Label(
        th="ไม่พบรายการ {wanted} ในหน้า {page} ของ API",
        en="Page {page} of the pull has no list of records named {wanted}: the API changed, or the spec's `rows` is wrong.",
    ),
    "no_sheet": Label(
        th="ไม่พบแผ่นงานที่ตกลงกันไว้ ({wanted}) ไฟล์นี้มี {sheets}",
        en="None of the declared sheets ({wanted}) is in the workbook; it has {sheets}.",
    ),
    "header_not_found": Label(
        th="ไม่พบหัวตารางใน {place} กรุณาใช้หัวตารางตามแบบเดิม เช่น {wanted}",
        en="No header row like the declared one was found in {place}; wanted: {wanted}.",
    ),
    "missing_column": Label(
        th="ไม่มีคอลัมน์ที่จำเป็น: {columns} (ใน {place}) กรุณาใส่คอลัมน์กลับเข้าไปแล้วส่งใหม่",
        en="Required columns are missing in {place}: {columns}. Please put them back, or change the source's spec.",
    ),
    "double_column": Label(
        th="หัวคอลัมน์ {columns} มีมากกว่าหนึ่งคอลัมน์ (แผ่นงาน {place}) กรุณาเหลือไว้เพียงคอลัมน์เดียว",
        en="Column {columns} stands more than once in {place}: nobody can say which is meant. Please keep one.",
    ),
    "type_changed": Label(
        th="คอลัมน์ {columns} เปลี่ยนชนิดข้อมูล อ่านไม่ได้ {share}% ของแถว กรุณาส่งข้อมูลแบบเดิม",
        en="Column {columns} changed its type: {share}% of its cells cannot be read. Please send it as before.",
    ),
    "foreign_workbook": Label(
        th="ไฟล์แก้ไขนี้ ({reference}) เป็นของผู้ส่งรายอื่น ระบบไม่ได้อ่านข้อมูลในไฟล์ กรุณาส่งไฟล์แก้ไขของหน่วยงานท่าน และแจ้งผู้ดูแลระบบ",
        en="This correction workbook ({reference}) was written for another source; nothing of it was read. Find out how it got there.",
    ),
    "torn_workbook": Label(
        th="ข้อมูลนี้ตัดมาจากไฟล์แก้ไข ระบบไม่รู้ว่าเป็นของรายการใด กรุณาส่งไฟล์แก้ไขทั้งไฟล์ (.xlsx) หรือส่งไฟล์ต้นฉบับที่แก้แล้ว",
        en="These are rows cut out of a correction workbook. Send the workbook itself (.xlsx), or your own corrected file.",
    ),
    "renamed_sheet": Label(
        th="ไม่พบแผ่นงาน {sheets} ของไฟล์แก้ไข และมีแผ่นงานที่ระบบไม่รู้จัก ({found}) กรุณาตั้งชื่อแผ่นงานและหัวตารางกลับเป็นเดิมแล้วส่งใหม่",
        en="The sheets {sheets} of this workbook are gone, and {found} is none of them: give sheets and headers their old names.",
    ),
    "overtaken": Label(
        th="มีข้อมูลชุดที่ใหม่กว่า ({reference}) นำเข้าแล้ว จึงไม่ได้นำเข้าชุดนี้ ไม่ต้องทำอะไรเพิ่ม",
        en="A newer list ({reference}) was loaded before this one was released; reject it.",
    ),
    "rows_collapsed": Label(
        th="ข้อมูลทั้งชุดลดลงผิดปกติ: {rows} แถว จากเดิม {before} แถว กรุณาตรวจสอบและส่งไฟล์ที่ครบถ้วน หากจำนวนนี้ถูกต้อง โปรดแจ้งผู้ดูแลระบบ",
        en="The snapshot has {rows} rows, the last had {before}: send the complete file, or tell the operator it is right.",
    ),
}


def sentence(code: str, detail: dict[str, Any] | None, language: str = "th") -> str:
    """The reason in Thai or English with its details filled in."""
    words = HOLDS.get(code)
    if words is None:
        return code
    told = dict(detail or {})
    if told.get("place") == "":
        told["place"] = "ไฟล์นี้" if language == "th" else "the file"
    if isinstance(told.get("megabytes"), int) and "limit" in told:
        told["megabytes"] = max(told["megabytes"], told["limit"] + 1)  # a few bytes over are over
    shown = {key: _shown(value) for key, value in told.items()}
    template = words.th if language == "th" else words.en
    return template.format_map(_Gaps(shown))


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value[:NAMED])) + (" …" if len(value) > NAMED else "")
    return f"{value:,}" if isinstance(value, int) else value


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"
