"""What an organisation configures, as a file: ``manage.py response_config dump|load|diff``.

A file has a section for each *kind* of row: ``severities``, ``statuses`` and so on. A section is
a list of rows in order, each with its ``key``::

    severities:
      - key: "1"
        name: SEV1
        emoji: ":fire:"
        aliases: [sev1, p1]

To add a kind whose model is a ``ConfiguredRow``, write a module in ``kinds/`` that makes a
:class:`~response.setup.configuration.kind.RowKind`, and add it to ``ALL`` in
``kinds/__init__.py``, after the kinds to which its rows refer::

    # kinds/roles.py
    ROLES = RowKind("roles", Role, columns={"severities": KeysColumn(Severity)})

The columns of the model are found by themselves: text, choices, whole numbers, booleans, and
``JSONField`` as a list of words. For anything else give a :class:`~response.setup.configuration
.columns.Column` of your own in ``columns``: it reads a value from the file (and raises
``Mistake`` with the line) and returns it as the file has it. Checks of one row are the model's
own (validators, ``clean()``); what rows must be among each other is checked by ``check``, which
is called once all are stored. Rows that nothing refers to any more are deleted by a load, the
others retired: so a model names in ``used_in`` where its keys are used.

A kind whose rows are no ``ConfiguredRow`` implements :class:`~response.setup.configuration.kind
.Kind` itself: ``dump()``, ``load(section)`` and ``finish(section)``.
"""
