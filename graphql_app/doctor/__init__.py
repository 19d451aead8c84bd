"""What ``workline doctor`` looks at: configuration, database, roles, row-level security, migrations, and the rows.

A check is a function of its subject (``Configuration`` or ``Subject``) that returns findings; each module has those of
one matter, by name, in ``CHECKS``. What only the domain knows comes from outside, as ``RowCheck``.
"""
