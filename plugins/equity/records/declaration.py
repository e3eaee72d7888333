"""What a record type is made of: fields with type, unit, privacy class and words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Default
from pydantic import model_validator

from equity.declarations import Declared, Label

FieldType = Literal[
    "text",
    "ref",
    "person_ref",
    "code",
    "code_set",
    "date",
    "number",
    "integer",
    "boolean",
    "national_id",
    "phone",
    "tambon",
    "amphoe",
    "province",
]
Privacy = Literal["none", "quasi", "sensitive", "direct"]

POSTGRES_TYPES: dict[str, str] = {
    "text": "text", "ref": "text", "person_ref": "uuid", "code": "text", "code_set": "text[]", "date": "date",
    "number": "double precision", "integer": "bigint", "boolean": "boolean",
    "tambon": "text", "amphoe": "text", "province": "text",
}  # fmt: skip


class Code(Label):
    """One allowed value of a code list.

    `sensitive` marks what PDPA section 26 protects; `words` are further spellings that mean this code in anybody's data.
    """

    sensitive: bool = False
    words: tuple[str, ...] = ()


class Field(Declared):
    """One field of a record type; what `names` an organisation is kept by its full name, however it was written."""

    type: FieldType
    label: Label
    required: bool = False
    privacy: Privacy = "none"
    unit: str | None = None
    codes: str | None = None
    of: str | None = None
    names: Literal["organisation"] | None = None
    era_range: Literal["recent", "past_century", "future"] = "recent"

    @model_validator(mode="after")
    def _codes_go_with_code_types(self) -> Field:
        if (self.type in ("code", "code_set")) != (self.codes is not None):
            raise ValueError("`codes` names a list of codes.yml for the types code and code_set, and only for these")
        if self.names and self.type not in ("text", "ref"):
            raise ValueError("`names` is for the types text and ref")
        return self


class RecordType(Declared):
    """A canonical record: grain, key and fields, blocks already merged in."""

    record_type: str
    label: Label
    grain: str
    key: tuple[str, ...]
    fields: dict[str, Field] = Default(min_length=1)

    @model_validator(mode="after")
    def _key_is_declared(self) -> RecordType:
        unknown = [name for name in self.key if name not in self.fields]
        if unknown:
            raise ValueError(f"key names fields that are not declared: {', '.join(unknown)}")
        return self

    @property
    def has_person(self) -> bool:
        """Whether the record says something of a person by the partner's own reference."""
        return "partner_person_ref" in self.fields

    @property
    def has_person_block(self) -> bool:
        """Whether the record carries names and identifiers of the person (so the vault holds some)."""
        return "first_name" in self.fields

    def direct_fields(self) -> list[str]:
        """Fields that identify a person directly and therefore live in the vault alone."""
        return [name for name, field in self.fields.items() if field.privacy == "direct"]

    def raw_columns(self) -> dict[str, str]:
        """Columns of `raw.<record_type>` that come from fields: name → Postgres type.

        A reference to a person becomes a keyed pseudonym (`worker_ref` → `worker_key`); other direct identifiers
        have no column; a birth date brings its precision and a national ID its kind.
        """
        columns: dict[str, str] = {}
        for name, field in self.fields.items():
            if field.type == "person_ref":
                columns[name.removesuffix("_ref") + "_key"] = "uuid"
            elif field.type == "national_id":
                columns["national_id_kind"] = "text"
            elif field.privacy == "direct":
                continue
            else:
                columns[name] = POSTGRES_TYPES[field.type]
                if name == "birth_date":
                    columns["birth_date_precision"] = "text"
        return columns
