"""The crash test: Slack's requests, its failures, and processes killed at any moment.

``python -m tests.soak --help`` says what can be chosen; ``make soak`` runs the long forms and
``test_soak.py`` a short one. What happens:

- ``plan.py`` draws requests of all kinds from a seed;
- ``stage.py`` starts the project (and Celery's workers, in the form “many”) and the sandbox, each
  in a process of its own, and kills them with SIGKILL;
- ``deliver.py`` posts the requests as Slack does: three seconds' patience, events again if they
  fail, some twice, some of these under another event id;
- ``fake_slack.py`` prepares the sandbox, which has a database of its own, and says what it saw;
- ``audit.py`` compares what was accepted with what is in the database and in Slack.

The audit was seen to catch, each built in on purpose: an inbox whose unique keys never match,
requests marked as done before their work, handlers outside of their transaction, messages that
are not noted as sent, and queues that several senders work on.
"""
