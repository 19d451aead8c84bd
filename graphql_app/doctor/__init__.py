"""Checks of ``workline doctor``: configuration, database, roles, row-level security, migrations, and rows.

A check is a function of its subject (``Configuration`` or ``Subject``) that returns findings. Each module lists its
checks by name, in ``CHECKS``. Checks of the domain are passed in as ``RowCheck``.
"""
