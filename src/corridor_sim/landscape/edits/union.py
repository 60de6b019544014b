"""The discriminated union of the edits in a table, as a type for fields of file schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from corridor_sim.errors import nearest, shown
from corridor_sim.landscape.edits.base import BadEdit, Edit
from corridor_sim.toml.strict import refuse_told


@dataclass(frozen=True, slots=True)
class OneOf:
    """Annotation: one edit of a table, told by its ``kind``.

    The table is looked at whenever a value is read or a schema is made, so that an edit that was
    added to it is known from then on.
    """

    table: Mapping[str, type[Edit]]

    def read(self, data: Any) -> Edit:
        """Return the edit of a file's table; one that is made already is taken as it is."""
        if isinstance(data, Edit):
            return data
        if not isinstance(data, Mapping):
            refuse_told(f"{shown(data)} is not allowed", "a table is needed here")
        kind = data.get("kind")
        if kind is None:
            refuse_told("kind is missing", "allowed: " + ", ".join(self.table))
        if not isinstance(kind, str) or kind not in self.table:
            refuse_told(f"unknown kind {shown(kind)}", nearest(str(kind), self.table))
        try:
            return self.table[kind](**{key: value for key, value in data.items() if key != "kind"})
        except BadEdit as bad:
            refuse_told(bad.problem, bad.remedy, bad.location)

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return how pydantic reads and writes it."""
        return core_schema.no_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda edit: edit.table()
            ),
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the union of the edits in the table by now."""
        rows = [dict(handler(cls.__pydantic_core_schema__)) for cls in self.table.values()]
        for row in rows:
            row["required"] = ["kind", *row.get("required", [])]
        return {"oneOf": rows}
