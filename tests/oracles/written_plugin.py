"""The plugin for QGIS as it is written, imported from where it lies as QGIS would."""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import corridor_sim as cs

# as QGIS has it; the name of the program's own package is taken here
PACKAGE = "written_plugin_for_qgis"


class WrittenPlugin:
    """A plugin in its folder; modules that need no QGIS are imported by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = cs.write_qgis_plugin(folder)
        for name in [one for one in sys.modules if one.split(".")[0] == PACKAGE]:
            del sys.modules[name]
        spec = importlib.util.spec_from_file_location(
            PACKAGE, self.folder / "__init__.py", submodule_search_locations=[str(self.folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[PACKAGE] = package
        spec.loader.exec_module(package)

    def module(self, name: str) -> ModuleType:
        return import_module(f"{PACKAGE}.{name}")
