"""Checks of ``workline doctor``: configuration, database, roles, row-level security, migrations, and rows.

A check is a function of its subject (``Configuration`` or ``Database``) that returns findings. Each module has the
checks of one subject, by name, in ``CHECKS``. Checks of the domain are passed in as ``RowCheck``.
"""
