"""The abstract model of what an organisation configures, such as severities and statuses.

Each kind (severity, status, role, field) is a small table of rows that a project adds to,
renames, orders and retires in the admin. Code, rows and metrics refer to a row by its ``key``,
which never changes; people and their messages by its name or one of its aliases.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar
from weakref import WeakSet

from django.apps import AppConfig, apps
from django.core.exceptions import (
    ImproperlyConfigured,
    SynchronousOnlyOperation,
    ValidationError,
)
from django.core.validators import RegexValidator
from django.db import DatabaseError, connections, models, router, transaction
from django.db.models import Case, IntegerField, Value, When
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from response.core.clean import is_visible, without_controls

_ = gettext_lazy
T = TypeVar("T")

#: How long a process may answer from the rows it read before, in seconds. Changes made in the
#: same process are seen at once, those of other processes after this time at the latest.
SECONDS_REMEMBERED = 1.0

LONGEST_KEY = 40
LONGEST_NAME = 80
#: What an unknown value counts as among ranks: it comes after every known one.
LAST = 1_000_000

#: What reading raises where there is no table, no database or no thread for it. The last two are
#: how pytest-django and Django forbid tests the database.
_UNREADABLE = (
    DatabaseError,
    ImproperlyConfigured,
    SynchronousOnlyOperation,
    RuntimeError,
    AssertionError,
)


def checked_aliases(value: Any) -> None:
    """Raise ``ValidationError`` unless ``value`` is a list of short words."""
    if not isinstance(value, list) or len(value) > 50:
        raise ValidationError(gettext("Aliases are a list of at most 50 words."))
    for alias in value:
        if not isinstance(alias, str) or not 0 < len(alias.strip()) <= LONGEST_NAME:
            raise ValidationError(
                gettext("Each alias is a word of 1 to %(longest)d characters.")
                % {"longest": LONGEST_NAME}
            )


class ConfiguredRow(models.Model):
    """A row of a small table that a project configures, read far more often than written.

    A retired row stays on what it was used for and is not offered any more. As long as a table
    is empty, :meth:`built_in` is what there is; the first row that is added to an empty table
    stores those as well.
    """

    key = models.CharField(
        max_length=LONGEST_KEY,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z0-9][a-z0-9_-]*\Z", _("Use lowercase letters, digits, - and _."))
        ],
        help_text=_("How code and programs refer to it. It never changes."),
    )
    name = models.CharField(max_length=LONGEST_NAME)
    aliases = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Other words for it, as a list. Commands understand them."),
    )
    rank = models.PositiveIntegerField(default=100, help_text=_("The lowest comes first."))
    description = models.TextField(blank=True, default="")
    retired = models.BooleanField(
        default=False, help_text=_("No longer offered. It stays where it was used.")
    )

    #: Columns that never change once the row is stored.
    fixed: ClassVar[tuple[str, ...]] = ("key",)
    #: Where keys of this kind are used: pairs of a model of this app and its column, which has
    #: one key, or (``JSONField``, of another small table) a list of keys or of ``key=value``.
    used_in: ClassVar[tuple[tuple[str, str], ...]] = ()

    _remembered: ClassVar[tuple[float, tuple[Any, ...]] | None] = None

    class Meta:
        abstract = True
        ordering = ["rank", "key"]

    def __str__(self) -> str:
        return self.label()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        post_save.connect(_changed, sender=cls, dispatch_uid=f"configured {cls.__qualname__} saved")
        post_delete.connect(
            _changed, sender=cls, dispatch_uid=f"configured {cls.__qualname__} gone"
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row; with the first one of an empty table, the built-in ones as well."""
        manager = type(self)._default_manager
        if self._state.adding and not manager.exists():
            manager.bulk_create([row for row in self.built_in() if row.key != self.key])
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Take out of the texts what cannot be seen: controls, and needless white space."""
        self.key, self.name = " ".join(self.key.split()), one_line(self.name)
        self.description = without_controls(self.description).strip()
        if isinstance(self.aliases, list):
            words = (one_line(word) if isinstance(word, str) else word for word in self.aliases)
            self.aliases = [word for word in words if word != ""]

    def clean(self) -> None:
        """Raise ``ValidationError`` for aliases that are not a list of words, or a changed key."""
        super().clean()
        self.normalise()
        checked_aliases(self.aliases)
        if not is_visible(self.name):
            raise ValidationError(
                {"name": gettext("The name needs at least one visible character.")}
            )
        self.clean_change()

    def clean_change(self) -> None:
        """Raise ``ValidationError`` for a change that a stored row cannot have, such as its key.

        Compares with what is in the database, so it has to be asked before the row is saved.
        """
        stored = type(self)._default_manager.filter(pk=self.pk).first()
        for name in self.fixed if stored is not None else ():
            if getattr(stored, name) != getattr(self, name):
                raise ValidationError(
                    {name: gettext("This never changes. Add another one instead.")}
                )

    @classmethod
    def built_in(cls) -> Iterable[Self]:
        """Return the rows, unsaved, that there are while the table is empty."""
        return ()

    @classmethod
    def all_rows(cls) -> tuple[Self, ...]:
        """Return all rows in order, retired ones included, from memory where that is recent.

        Where they cannot be read (a table that is still to be made, code that runs without a
        database or in an event loop), what was read last is returned, else what is built in.
        """
        if not apps.ready:
            return tuple(cls.built_in())
        memory = _own_changes(cls) or cls
        now = time.monotonic()
        known = memory._remembered
        if known is None or now - known[0] > SECONDS_REMEMBERED:
            try:
                stored = tuple(cls._default_manager.order_by("rank", "key"))
            except _UNREADABLE:
                return known[1] if known else tuple(cls.built_in())
            known = (now, stored or tuple(cls.built_in()))
            memory._remembered = known
        return known[1]

    @classmethod
    def is_remembered(cls) -> bool:
        """Return whether :meth:`all_rows` answers without a query now."""
        known = (_own_changes(cls) or cls)._remembered
        return known is not None and time.monotonic() - known[0] <= SECONDS_REMEMBERED

    @classmethod
    def remember(cls, rows: Iterable[Self]) -> None:
        """Answer from ``rows`` until they are too old, as if they had just been read."""
        cls._remembered = (time.monotonic(), tuple(rows))

    @classmethod
    def offered(cls) -> tuple[Self, ...]:
        """Return the rows that people may choose, in order: those that are not retired."""
        return tuple(row for row in cls.all_rows() if not row.retired)

    @classmethod
    def pairs(cls) -> tuple[tuple[str, str], ...]:
        """Return key and name of the rows that are offered, in order."""
        return tuple((row.key, row.label()) for row in cls.offered())

    @classmethod
    def all_pairs(cls) -> tuple[tuple[str, str], ...]:
        """Return key and name of all rows, retired ones included, in order."""
        return tuple((row.key, row.label()) for row in cls.all_rows())

    @classmethod
    def choosable(cls, present: str | None) -> tuple[Self, ...]:
        """Return what is offered to change ``present``: that one as well if it is retired."""
        return tuple(row for row in cls.all_rows() if not row.retired or row.key == present)

    @classmethod
    def with_key(cls, key: str | None) -> Self | None:
        """Return the row with this key, retired or not, or None."""
        return next((row for row in cls.all_rows() if row.key == key), None)

    @classmethod
    def named(cls, typed: str) -> Self | None:
        """Return the row that people mean by ``typed``, its key, name or an alias, or None.

        Case, white space at the ends, and the colons of an emoji's name make no difference.
        Where words collide, a row that is offered comes before a retired one, and a name or key
        before an alias.
        """
        wanted = folded(typed)
        if not wanted:
            return None
        rows = sorted(cls.all_rows(), key=lambda row: row.retired)
        for words in (lambda row: (row.key, row.name, row.label()), lambda row: row.words()):
            for row in rows:
                if wanted in {folded(word) for word in words(row)}:
                    return row
        return None

    @classmethod
    def position_of(cls, column: str) -> Case:
        """Return the place, from 0, of the key in ``column`` among the rows, for sorting by it.

        What is in no row, and what is empty, comes last.
        """
        places = [
            When(**{column: row.key}, then=Value(place)) for place, row in enumerate(cls.all_rows())
        ]
        return Case(*places, default=Value(LAST), output_field=IntegerField())

    @classmethod
    def forget(cls) -> None:
        """Forget the rows in memory, this transaction's as well, so that they are read again."""
        cls._remembered = None
        own = _own_changes(cls)
        if own is not None:
            own._remembered = None

    @classmethod
    def changed_by_statement(cls) -> None:
        """Forget the rows after a change that sent no signal: now, and again after the commit."""
        _changed(cls)

    def is_used(self) -> bool:
        """Return whether anything refers to it."""
        return any(self._is_in(model, column) for model, column in self.used_in)

    def _is_in(self, model_name: str, column: str) -> bool:
        model = apps.get_model("response", model_name)
        if not isinstance(model._meta.get_field(column), models.JSONField):
            return bool(model._base_manager.filter(**{column: self.key}).exists())
        # A list of keys, in a small table: not every database can look into one.
        lists = model._base_manager.values_list(column, flat=True)
        texts = (text for texts in lists if isinstance(texts, list) for text in texts)
        return any(str(text).partition("=")[0].strip() == self.key for text in texts)

    def label(self) -> str:
        """Return the name as people read it: a built-in one in their language."""
        is_built_in = _built_in_names(type(self)).get(self.key) == self.name
        return gettext(self.name) if is_built_in else self.name

    def words(self) -> tuple[str, ...]:
        """Return everything that people may call the row: its key, its name and its aliases."""
        return (self.key, self.name, self.label(), *(str(alias) for alias in self.aliases))


def read_both(first: type[ConfiguredRow], second: type[ConfiguredRow]) -> None:
    """Read the rows of two kinds in one query, unless one of them is remembered.

    For pages with a fixed number of queries. ``first`` has all columns of JSON that ``second``
    has. Where they cannot be read so, :meth:`ConfiguredRow.all_rows` reads or knows each.
    """
    kinds = (first, second)
    if not apps.ready or any(kind.is_remembered() for kind in kinds):
        return
    if router.db_for_read(first) != router.db_for_read(second):
        return
    fields = {field.attname: field for kind in kinds for field in kind._meta.concrete_fields}
    parts = []
    for number, kind in enumerate(kinds):
        own = {field.attname for field in kind._meta.concrete_fields}
        empty = {
            name: Value(None, output_field=models.TextField() if number else field.clone())
            for name, field in fields.items()
            if name not in own
        }
        rows = kind._default_manager.order_by().annotate(row_kind=Value(number), **empty)
        parts.append(rows.values_list("row_kind", *fields))
    now = time.monotonic()
    try:
        found = list(parts[0].union(parts[1], all=True).order_by("rank", "key"))
    except _UNREADABLE:
        return
    for number, kind in enumerate(kinds):
        names = [field.attname for field in kind._meta.concrete_fields]
        stored = []
        for read, *values in found:
            if read == number:
                by_name = dict(zip(fields, values, strict=True))
                using = router.db_for_read(kind)
                stored.append(kind.from_db(using, names, [by_name[name] for name in names]))
        memory = _own_changes(kind) or kind
        memory._remembered = (now, tuple(stored) or tuple(kind.built_in()))


@cache
def _built_in_names(kind: type[ConfiguredRow]) -> dict[str, str]:
    return {row.key: row.name for row in kind.built_in()}


def one_default(row: Any, others: models.QuerySet[Any]) -> None:
    """Take ``default`` away from ``others`` of a row that has just been saved as the default."""
    if row.default:
        for other in others.filter(default=True).exclude(pk=row.pk):
            other.default = False
            other.save(update_fields=["default"])


class FromRows(Generic[T]):
    """A class attribute that is computed at each access, since rows change.

    ``Incident.SEVERITIES`` was a constant once, and projects read it as one.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self.ask = ask

    def __get__(self, instance: object, owner: type) -> T:
        return self.ask()


class ConfiguredKeyField(models.CharField):
    """A column with the key of a configured row.

    Its choices are the rows that there are, as ``rows`` returns them: pairs of key and name.
    Migrations know nothing of them: what a project configures is no part of the schema.
    """

    def __init__(
        self,
        *args: Any,
        rows: Callable[[], Iterable[tuple[str, str | Promise]]] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("max_length", LONGEST_KEY)
        if rows is not None:
            kwargs["choices"] = rows
        super().__init__(*args, **kwargs)

    def _check_choices(self) -> list[Any]:
        """Leave the rows alone: system checks run where there is no database yet."""
        return []

    def deconstruct(self) -> Any:
        """Return what migrations note: a column of text."""
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, "django.db.models.CharField", args, kwargs


def one_line(text: str) -> str:
    """Return ``text`` as one line, without controls and needless white space."""
    return " ".join(without_controls(text).split())


def folded(word: str) -> str:
    """Return ``word`` as it is compared: without case, white space at the ends, or colons."""
    return word.strip().strip(":").replace("\ufe0f", "").casefold()


class _OwnChanges:
    """Rows as a transaction that has changed them sees them, until it is committed.

    It is one of the transaction's functions to be called on commit, and so goes with it when it
    is rolled back: what was never committed is never remembered.
    """

    def __init__(self, kind: type[ConfiguredRow]) -> None:
        self.kind = kind
        self._remembered: tuple[float, tuple[Any, ...]] | None = None

    def __call__(self) -> None:
        self.kind.forget()


#: The connections on which rows were changed: only on these can there be own changes.
_changed_on: WeakSet[Any] = WeakSet()


def _own_changes(kind: type[ConfiguredRow]) -> _OwnChanges | None:
    connection = connections[router.db_for_read(kind)]
    if connection not in _changed_on:
        return None
    if not connection.in_atomic_block:
        _changed_on.discard(connection)
        return None
    for noted in reversed(connection.run_on_commit):
        function = noted[1]
        if isinstance(function, _OwnChanges) and function.kind is kind:
            return function
    return None


def _changed(sender: type[ConfiguredRow], using: str | None = None, **kwargs: Any) -> None:
    sender.forget()
    connection = connections[using or router.db_for_write(sender)]
    if connection.in_atomic_block:
        _changed_on.add(connection)
        transaction.on_commit(_OwnChanges(sender), using=using)


def _migrated(
    using: str, apps: Any = apps, app_config: AppConfig | None = None, **kwargs: Any
) -> None:
    """Store what is built in where a table is empty, as after ``flush``; read all again.

    Connected to ``post_migrate``, which also comes from databases that are not migrated to the
    end: tables that are not as the model says are left alone.
    """
    if app_config is not None and app_config.label != "response":
        return
    for kind in ConfiguredRow.__subclasses__():
        kind.forget()
        try:
            model = apps.get_model("response", kind.__name__)
        except LookupError:
            continue
        names = [field.name for field in kind._meta.concrete_fields if not field.primary_key]
        known = {field.name for field in model._meta.concrete_fields if not field.primary_key}
        if known != set(names) or not router.allow_migrate_model(using, kind):
            continue
        rows = model._default_manager.using(using)
        if not rows.exists():
            rows.bulk_create(
                model(**{name: getattr(row, name) for name in names}) for row in kind.built_in()
            )


post_migrate.connect(_migrated, dispatch_uid="configured rows migrated")
