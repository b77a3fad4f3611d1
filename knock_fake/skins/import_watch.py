"""Telling when a library is imported, without importing it."""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Imported = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """A finder that finds nothing of its own, and reports modules once their code has run.

    Args:
        names: full names of the modules to report.
        imported: called with each of them, in the importing thread, before the import statement returns.

    """

    def __init__(self, names: Collection[str], imported: Imported) -> None:
        self._names = frozenset(names)
        self._imported = imported

    def install(self) -> None:
        """Ask to be consulted first about every import from now on."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Undo :meth:`install`. Does nothing when it was not installed, or was removed by others."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders find for a watched module, with a loader that reports it."""
        if fullname not in self._names:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ReportingLoader(spec.loader, self._imported)
                return spec
        return None


class _ReportingLoader(Loader):
    """Loads a module by its own loader, leaves no trace of itself on it, and reports it."""

    def __init__(self, loader: Loader, imported: Imported) -> None:
        self._loader = loader
        self._imported = imported

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as its own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code, then report the module."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._imported(module)
