"""Blank templates for partners with no system of their own: one sheet to fill in, and the words that may be used.

Headers are the fields' Thai labels (with a source: its own headers, so that its spec reads what is filled in). An
example row is never loaded. The words stand in one column of their own sheet, so that nobody takes them for a table.
"""

from __future__ import annotations

import fnmatch
import io
from dataclasses import dataclass
from typing import Any

from equity.delivery.sheets.choices import Choice, Lists, of_field
from equity.delivery.sheets.examples import Shape, example, shape
from equity.delivery.sheets.styles import BLUE, LINE, PAPER, Styles, height, letters, lines, protect, sheet_name
from equity.delivery.workbook import new_book
from equity.records import Field, RecordType, code_lists
from equity.sources.spec import ANY_LINE, EXAMPLE, Source, Table

ROWS = 500  # to fill in
TITLE, HOW, NOTES, HEADS, SAMPLE = range(5)
FIRST = SAMPLE + 1
NUMBERING = "ลำดับ"
WORDS = "คำที่ใช้ได้"
REQUIRED = "#8E2B20"
_PARTS = {
    "full_name": Shape("นางสาวตัวอย่าง ใจดี", "คำนำหน้า ชื่อ นามสกุล", "Prefix, first name and surname.", False),
    "address": Shape("99/1 หมู่ 5 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง", "บ้านเลขที่ หมู่ ตำบล อำเภอ จังหวัด", "An address.", False),
}
_TICK = Shape("✓", "ใส่ ✓ ถ้าใช่ เว้นว่างถ้าไม่ใช่", "A tick where it holds.", False)


@dataclass(frozen=True)
class Ask:
    """One column of a template."""

    header: str
    name_en: str
    shape: Shape
    required: bool
    type: str
    choice: Choice | None


def template(record_type: RecordType, source: Source | None = None, table: Table | None = None) -> bytes:
    """The workbook of one record type, in the words of a source's table where one is given."""
    asks = _of_table(table) if table else _of_type(record_type)
    buffer = io.BytesIO()
    book = new_book(buffer)
    book.set_properties({"title": record_type.label.th})
    styles, lists = Styles(book), Lists()
    wanted = table.sheet[0].replace("*", "").strip() if table and table.sheet else ""
    name = sheet_name(wanted or record_type.label.th, {WORDS.casefold()})
    _to_fill(book.add_worksheet(name), styles, lists, record_type, asks, source, table)
    _words(book.add_worksheet(WORDS), styles, record_type, asks)
    lists.write(book)
    book.close()
    return buffer.getvalue()


def table_of(source: Source, record_type: str) -> Table | None:
    """The table of a source's newest rules that holds a record type."""
    newest = max(source.versions, key=lambda version: version.since)
    return next((table for table in newest.tables if table.record_type == record_type), None)


def template_name(record_type: RecordType, source: Source | None = None, table: Table | None = None) -> str:
    """A file name; with a source one that its spec takes, where it takes workbooks at all."""
    label = "".join(c for c in record_type.label.th if c.isalnum() or c in " ._-" or "\u0e30" <= c <= "\u0e4e").strip()
    plain = f"แบบบันทึก_{label.replace(' ', '_')}.xlsx"
    if source is None or table is None:
        return plain
    patterns = [pattern for pattern in (table.files, source.fetch.pattern) if pattern]
    stem = patterns[0].partition("*")[0].removesuffix(".xlsx").strip("_ ")
    name = f"{stem}_{plain}" if stem else plain
    return name if all(fnmatch.fnmatch(name, pattern) for pattern in patterns) else plain


# --- what is asked for


def _of_type(record_type: RecordType) -> list[Ask]:
    asks = []
    for name, field in record_type.fields.items():
        needed = field.required or name in record_type.key
        asks.append(_ask(name, field, record_type, field.label.th + (" *" if needed else ""), ()))
    return asks


def _of_table(table: Table) -> list[Ask]:
    declared = table.declared
    asks: dict[str, Ask] = {}
    for name, column in table.fields.items():
        field = declared.fields[name]
        own = tuple(table.codes.get(name, {}))
        if column.header:
            asks.setdefault(column.header[0], _ask(name, field, declared, column.header[0], own))
        elif column.above and column.above != ANY_LINE:
            asks.setdefault(column.above, _ask(name, field, declared, column.above, own))
        for header in column.ticked:
            asks.setdefault(header, Ask(header, field.label.en, _TICK, False, "text", None))
        for header in (*column.join, *filter(None, (column.credit, column.debit))):
            plain = Field(type="text", label=field.label) if column.join else field
            asks.setdefault(header, _ask(name, plain, declared, header, ()))
    for part, roles in table.part_headers().items():
        for role, header in roles.items():
            if part in _PARTS:
                asks.setdefault(
                    header, Ask(header, part.replace("_", " "), _PARTS[part], part == "full_name", "text", None)
                )
            elif f"{role}_code" in declared.fields:
                asks.setdefault(header, _ask(f"{role}_code", declared.fields[f"{role}_code"], declared, header, ()))
    return list(asks.values())


def _ask(name: str, field: Field, record_type: RecordType, header: str, own: tuple[str, ...]) -> Ask:
    needed = field.required or name in record_type.key
    return Ask(header, field.label.en, shape(name, field, record_type), needed, field.type, of_field(field, own))


# --- the sheet to fill in


def _to_fill(
    sheet: Any, styles: Styles, lists: Lists, record_type: RecordType, asks: list[Ask], source: Source | None,
    table: Table | None,
) -> None:  # fmt: skip
    sheet.set_default_row(LINE)
    last = len(asks)
    title = (table.header.after if table else None) or f"แบบบันทึกข้อมูล {record_type.label.th}"
    sheet.write_string(TITLE, 0, title, styles.title)
    sheet.set_row(TITLE, 32)
    who = f" ผู้ส่ง {source.partner.name.th}" if source else ""
    how = (
        f"กรอกตั้งแต่แถวที่ {FIRST + 1} หนึ่งแถวต่อหนึ่งรายการ หัวตารางสีแดงต้องกรอก แถวตัวอย่างไม่ต้องลบ ระบบไม่นำเข้า "
        f"คำที่เลือกได้อยู่ในแผ่นงาน “{WORDS}”{who}"
    )
    sheet.write_string(HOW, 0, how, styles.make(font_color="#595959"))
    notes, ours = styles.make(text_wrap=True, font_size=12, bg_color=PAPER, border=1, border_color="#BFBFBF"), "#595959"
    sample = styles.make(italic=True, font_color=ours, num_format="@", bg_color=PAPER, border=4, text_wrap=True)
    sheet.set_column(0, 0, 13)
    sheet.write_string(NOTES, 0, "วิธีกรอก", notes)
    numbering = table.ignore[0] if table and table.ignore else NUMBERING
    sheet.write_string(HEADS, 0, numbering, styles.head)
    sheet.write_string(SAMPLE, 0, EXAMPLE, sample)
    text = styles.make(num_format="@", locked=False, border=4, border_color="#BFBFBF")
    number = styles.make(locked=False, border=4, border_color="#BFBFBF")
    needed = styles.make(
        bold=True, bg_color=REQUIRED, font_color="#FFFFFF", border=1, text_wrap=True, align="center", valign="vcenter"
    )
    deepest, highest = 1, 2
    for column, ask in enumerate(asks, 1):
        said = ask.shape
        width = min(30, max(12, letters(said.example) + 4, letters(ask.header) * 3 // 4 + 4))
        sheet.set_column(column, column, width)
        words = "\n".join(
            filter(None, ["ต้องกรอก" if ask.required else "", said.form, f"เช่น {said.example}" if said.example else ""])
        )
        sheet.write_string(NOTES, column, words, notes)
        sheet.write_string(HEADS, column, ask.header, needed if ask.required else styles.head)
        if said.example:
            sheet.write_string(SAMPLE, column, said.example, sample)
        else:
            sheet.write_blank(SAMPLE, column, None, sample)
        english = f"{ask.name_en}\n{said.rule}" + ("\nRequired." if ask.required else "")
        size = {"width": 260, "height": 20 + 18 * lines(english, 40), "font_size": 10, "font_name": "Tahoma"}
        sheet.write_comment(HEADS, column, english, size)
        _help(sheet, lists, column, ask)
        deepest = max(deepest, lines(ask.header, width))
        highest = max(highest, lines(words, width + 2), lines(said.example, width))
    for row in range(FIRST, FIRST + ROWS):
        sheet.write_blank(row, 0, None, text)
        for column, ask in enumerate(asks, 1):
            sheet.write_blank(row, column, None, number if ask.shape.number else text)
    sheet.set_row(NOTES, height(highest))
    sheet.set_row(HEADS, height(deepest) + 6)
    sheet.set_row(SAMPLE, height(max(3, *(lines(ask.shape.example, 12) for ask in asks))))
    sheet.freeze_panes(FIRST, 1)
    sheet.repeat_rows(HEADS)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(-(-last // 14), 0)  # more columns on a page nobody can read
    sheet.repeat_columns(0)
    sheet.set_footer(f"&L{record_type.label.th.replace('&', '&&')}&Rหน้า &P / &N")
    sheet.print_area(0, 0, FIRST + 29, last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{FIRST + ROWS}"})
    sheet.set_tab_color(BLUE)
    sheet.set_comments_author("")
    protect(sheet)


def _help(sheet: Any, lists: Lists, column: int, ask: Ask) -> None:
    """What is offered and said when a cell of the column is chosen; what looks wrong is asked about, not refused."""
    if ask.choice:
        lists.offer(sheet, FIRST, column, FIRST + ROWS - 1, ask.choice, ask.header)
        return
    rule: dict[str, Any] = {"validate": "any"}
    if ask.shape.number:
        # a plain bound: what is likely is the checks' word, and they say it in full
        rule = {
            "validate": "integer" if ask.type == "integer" else "decimal", "criteria": "between", "minimum": -1e9, "maximum": 1e12,
            "error_message": "ช่องนี้ควรเป็นตัวเลขอย่างเดียว ไม่ต้องพิมพ์หน่วย ใช้ค่านี้ต่อไปหรือไม่",
        }  # fmt: skip
    elif ask.type == "national_id":
        rule = {
            "validate": "length", "criteria": "between", "minimum": 13, "maximum": 17,
            "error_message": "เลขประจำตัวมี 13 หลัก ช่วยนับดูอีกครั้ง ใช้ค่านี้ต่อไปหรือไม่",
        }  # fmt: skip
    elif ask.type == "phone":
        rule = {
            "validate": "length", "criteria": "between", "minimum": 9, "maximum": 30,
            "error_message": "เบอร์โทรศัพท์มี 9 หรือ 10 หลัก ช่วยนับดูอีกครั้ง ใช้ค่านี้ต่อไปหรือไม่",
        }  # fmt: skip
    message = ask.shape.form + (f" เช่น {ask.shape.example}" if ask.shape.example else "")
    sheet.data_validation(
        FIRST, column, FIRST + ROWS - 1, column,
        {
            **rule, "error_type": "warning", "error_title": "ช่วยดูอีกครั้ง", "input_title": ask.header[:32],
            "input_message": message[:255],
        },
    )  # fmt: skip


# --- the words


def _words(sheet: Any, styles: Styles, record_type: RecordType, asks: list[Ask]) -> None:
    sheet.set_default_row(LINE)
    sheet.set_column(0, 0, 90)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, f"คำที่ใช้ได้ใน {record_type.label.th}", styles.title)
    sheet.set_row(0, 32)
    english = {
        words.th: words.en
        for field in record_type.fields.values() if field.codes
        for words in code_lists()[field.codes].values()
    }  # fmt: skip
    row = 2
    for ask in asks:
        if ask.choice is None or ask.type == "tambon":  # a hundred names that everybody knows
            continue
        sheet.write_string(row, 0, ask.header, styles.heading)
        sheet.set_row(row, LINE + 4)
        for word in ask.choice.words:
            row += 1
            told = english.get(word)
            sheet.write_string(row, 0, f"   {word}" + (f"  ({told})" if told and told != word else ""), styles.plain)
        row += 2
    if row == 2:
        sheet.write_string(row, 0, "แบบนี้ไม่มีช่องที่ต้องเลือกคำ", styles.plain)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    protect(sheet)


__all__ = ["EXAMPLE", "example", "table_of", "template", "template_name"]
