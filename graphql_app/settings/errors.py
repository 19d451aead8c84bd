"""Error of an invalid configuration."""


class SettingsError(Exception):
    """Invalid configuration. ``problems`` contains each variable and its problem, and no values."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The configuration is invalid:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems
