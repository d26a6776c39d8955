"""A database for each subject, and questions to it from outside."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg


class Database:
    """``url`` is as Django's settings take it. ``query`` may be called from any thread."""

    url: str

    def __init__(self) -> None:
        self._local = threading.local()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that ``sql`` returns, in a transaction of its own."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        rows = connection.execute(sql)
        return [] if rows.description is None else [tuple(row) for row in rows.fetchall()]

    def number(self, sql: str) -> int:
        """The one number that ``sql`` returns; NULL is 0."""
        return int(self.query(sql)[0][0] or 0)

    def forget(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connect(self) -> Any:
        raise NotImplementedError

    def drop(self) -> None:
        """Remove the database."""
        raise NotImplementedError


class Sqlite(Database):
    """A file in ``place``, empty or a copy of ``template``, which must not be in use."""

    def __init__(self, name: str, place: Path, template: Sqlite | None = None) -> None:
        super().__init__()
        self.file = place / f"{name}.sqlite3"
        if template is not None:
            template.forget()
            shutil.copy(template.file, self.file)
        self.url = f"sqlite:///{self.file}"

    def _connect(self) -> Any:
        return sqlite3.connect(self.file, timeout=20, isolation_level=None)

    def drop(self) -> None:
        self.forget()
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink(missing_ok=True)

    @staticmethod
    def version() -> str:
        """The version of the library."""
        return f"SQLite {sqlite3.sqlite_version}"


class Postgres(Database):
    """A database on the server at ``server`` (a URL of one that is there).

    It is empty, or a copy of ``template``, which must not be in use.
    """

    def __init__(self, name: str, server: str, template: Postgres | None = None) -> None:
        super().__init__()
        self.name = f"bench_{name}".replace("-", "_")
        self._server = server.replace("postgres://", "postgresql://")
        self.url = urlsplit(server)._replace(path=f"/{self.name}").geturl()
        with _administration(self._server) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            if template is None:
                connection.execute(f'CREATE DATABASE "{self.name}"')
            else:
                template.forget()
                connection.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template.name}"')

    def _connect(self) -> Any:
        address = self.url.replace("postgres://", "postgresql://")
        return psycopg.connect(address, autocommit=True)

    def drop(self) -> None:
        self.forget()
        with _administration(self._server) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    @staticmethod
    def version(server: str) -> str:
        """The version of the server, with the setting that decides what a commit costs."""
        with _administration(server.replace("postgres://", "postgresql://")) as connection:
            version = connection.execute("SHOW server_version").fetchone()
            fsync = connection.execute("SHOW fsync").fetchone()
        return f"PostgreSQL {str(version[0]).split()[0]} (fsync {fsync[0]})"  # type: ignore[index]


class Databases:
    """Makes databases, and keeps templates so that one migration serves many of them."""

    def __init__(self, place: Path, server: str = "") -> None:
        self._place, self._server = place, server
        self._templates: dict[tuple[str, str], Database] = {}

    def make(self, kind: str, name: str, template: Database | None = None) -> Database:
        """An empty one of a kind (``postgres`` or ``sqlite``), or a copy."""
        if kind == "postgres":
            source = template if isinstance(template, Postgres) else None
            return Postgres(name, self._server, source)
        return Sqlite(name, self._place, template if isinstance(template, Sqlite) else None)

    def template(
        self,
        kind: str,
        name: str,
        fill: Callable[[Database], None],
        source: Database | None = None,
    ) -> Database:
        """The template of this name, made when first asked for: ``source``, and ``fill``ed."""
        key = kind, name
        if key not in self._templates:
            made = self.make(kind, f"template-{name}", source)
            fill(made)
            self._templates[key] = made
        return self._templates[key]

    def close(self) -> None:
        """Drop the templates."""
        while self._templates:
            self._templates.popitem()[1].drop()


@contextlib.contextmanager
def _administration(server: str) -> Iterator[Any]:
    with contextlib.closing(psycopg.connect(server, autocommit=True)) as connection:
        yield connection
