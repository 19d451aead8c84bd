"""What becomes of a bulk mutation of which some rows cannot be written."""

from graphql_app.database.columns import Choice


class ErrorPolicy(Choice):
    """What becomes of a bulk mutation when some of its rows cannot be written."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING", "Nothing is written when one row fails. All rows that fail are told."
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS", "Rows that fail are not written; all others are."
    IGNORE_FAILED = (
        "IGNORE_FAILED",
        "As much as can be is written, also of a row: a value that is not acceptable is left out where the field is "
        "optional, and told. Rows that fail all the same are not written.",
    )
