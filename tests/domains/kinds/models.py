"""A table with a column of every kind, each with and without null where that differs."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CHAR,
    REAL,
    BigInteger,
    ColumnElement,
    Computed,
    Date,
    Double,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    Uuid,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    select,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import (
    DATERANGE,
    INT4RANGE,
    INT8RANGE,
    NUMRANGE,
    TSRANGE,
    TSTZRANGE,
    Range,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column, registry

from graphql_app.models.base import NAMING_CONVENTION, Base, RootBase, TenantBase, Versioned
from graphql_app.models.columns import Choice, choice, length
from graphql_app.models.kinds import JSON, BigInt, LocalDateTime
from graphql_app.models.relationships import back, related
from graphql_app.models.values import sql_computed

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)


class Grade(Enum):
    """Grade of a sample, stored by name in a type of PostgreSQL."""

    HIGH = "h"
    LOW = "l"


class Mood(Enum):
    """Mood of a sample, stored by name in text."""

    GLAD = 1
    SAD = 2


class Color(Choice):
    """Color of a sample, stored by value."""

    RED = "red", "Like a rose."
    BLUE = "blue", "Like the sky."


class Reversed(TypeDecorator[str]):
    """Texts that are stored backwards."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else value[::-1]

    process_result_value = process_bind_param


class Negated(TypeDecorator[int]):
    """Numbers that are stored with the opposite sign."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Any) -> int | None:
        return None if value is None else -value

    process_result_value = process_bind_param


class Shifted(TypeDecorator[Decimal]):
    """Amounts that are stored as hundredths."""

    impl = Numeric(20, 4)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> Decimal | None:
        return None if value is None else value * 100

    def process_result_value(self, value: Decimal | None, dialect: Any) -> Decimal | None:
        return None if value is None else value / 100


class KindRoot(RootBase):
    """For the organization."""

    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class KindTenant(TenantBase):
    """For everything else."""

    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Collection(KindRoot):
    """A collection of samples."""

    __tablename__ = "organizations"
    name: Mapped[str] = mapped_column(comment="Name.")

    @sql_computed
    @classmethod
    def size(cls) -> ColumnElement[int]:
        """Number of samples of the collection."""
        own = select(func.count(Sample.id)).where(Sample.organization_id == cls.id)
        return func.coalesce(own.scalar_subquery(), 0)


class Sample(Versioned, KindTenant):
    """A sample with a value of every kind."""

    __tablename__ = "samples"
    __table_args__ = (length("line", 20, one_line=True),)

    small: Mapped[int | None] = mapped_column(SmallInteger, comment="A small integer.")
    whole: Mapped[int | None] = mapped_column(comment="An integer.")
    big: Mapped[BigInt | None] = mapped_column(comment="A large integer.")
    ratio: Mapped[float | None] = mapped_column(Double, comment="A float.")
    single: Mapped[float | None] = mapped_column(REAL, comment="A short float.")
    amount: Mapped[Decimal | None] = mapped_column(Numeric(8, 2), comment="An amount.")
    exact: Mapped[Decimal | None] = mapped_column(Numeric(), comment="A number of any precision.")
    yes: Mapped[bool | None] = mapped_column(comment="A boolean.")
    words: Mapped[str | None] = mapped_column(comment="A text.")
    line: Mapped[str | None] = mapped_column(comment="A text in one line, 1-20 characters.")
    code: Mapped[str | None] = mapped_column(String(3), comment="A text of up to three characters.")
    fixed: Mapped[str | None] = mapped_column(CHAR(4), comment="A text of four characters.")
    ref: Mapped[UUID | None] = mapped_column(comment="An ID.")
    day: Mapped[date | None] = mapped_column(comment="A date.")
    hour: Mapped[time | None] = mapped_column(comment="A time of day.")
    moment: Mapped[datetime | None] = mapped_column(comment="A moment.")
    local: Mapped[LocalDateTime | None] = mapped_column(comment="A local time.")
    lasting: Mapped[timedelta | None] = mapped_column(comment="A duration.")
    data: Mapped[bytes | None] = mapped_column(comment="Bytes.")
    doc: Mapped[JSON | None] = mapped_column(comment="A JSON value.")
    texts: Mapped[list[str] | None] = mapped_column(ARRAY(Text), comment="Texts.")
    smalls: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger), comment="Small integers.")
    days: Mapped[list[date] | None] = mapped_column(ARRAY(Date), comment="Dates.")
    refs: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid), comment="IDs.")
    grade: Mapped[Grade | None] = mapped_column(EnumType(Grade), comment="A grade.")
    mood: Mapped[Mood | None] = mapped_column(EnumType(Mood, native_enum=False), comment="A mood.")
    color: Mapped[Color | None] = mapped_column(choice(Color, "color"), comment="A color.")
    grades: Mapped[list[Grade] | None] = mapped_column(ARRAY(EnumType(Grade)), comment="Grades.")
    secret: Mapped[str | None] = mapped_column(Reversed, comment="A text that is stored backwards.")
    negated: Mapped[int | None] = mapped_column(Negated, comment="A number with the opposite sign.")
    shifted: Mapped[Decimal | None] = mapped_column(Shifted, comment="An amount in hundredths.")
    span: Mapped[Range[int] | None] = mapped_column(INT4RANGE, comment="A range of integers.")
    wide: Mapped[Range[int] | None] = mapped_column(INT8RANGE, comment="A range of large integers.")
    prices: Mapped[Range[Decimal] | None] = mapped_column(NUMRANGE, comment="A range of numbers.")
    stay: Mapped[Range[date] | None] = mapped_column(DATERANGE, comment="A range of dates.")
    shift: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE, comment="A range of moments.")
    opening: Mapped[Range[datetime] | None] = mapped_column(TSRANGE, comment="A range of local times.")
    class_: Mapped[str | None] = mapped_column("class", comment="A text whose name Python reserves.")
    halved: Mapped[int | None] = mapped_column(Computed("whole / 2", persisted=True), comment="Half of the integer.")

    collection: Mapped[Collection] = related(
        doc="Collection of the sample.", backref=back("samples", doc="Samples of the collection.")
    )

    @hybrid_property
    def year(self) -> int | None:
        """Year of the date."""
        return None if self.day is None else self.day.year

    @year.inplace.expression
    @classmethod
    def _year(cls) -> ColumnElement[int]:
        return extract("year", cls.day)

    @sql_computed
    @classmethod
    def share(cls) -> ColumnElement[Decimal | None]:
        """An eighth of the amount, with more decimal places than it has."""
        return cls.amount * Decimal("0.125")

    @sql_computed
    @classmethod
    def label(cls) -> ColumnElement[str]:
        """Both short texts, longer than either can be."""
        return func.coalesce(cls.code + "/" + cls.fixed, cls.code, "?")

    @sql_computed
    @classmethod
    def is_small(cls) -> ColumnElement[bool]:
        """True if the small integer is less than 1."""
        return func.coalesce(cls.small < 1, false())

    @sql_computed
    @classmethod
    def next_day(cls) -> ColumnElement[date]:
        """The day after the date, which may be in the year 10000."""
        return cast(cls.day + literal(1), Date)

    @sql_computed
    @classmethod
    def later(cls) -> ColumnElement[datetime | None]:
        """An hour after the moment."""
        return cls.moment + timedelta(hours=1)

    @sql_computed
    @classmethod
    def first_text(cls) -> ColumnElement[str]:
        """The first one of the texts."""
        return cls.texts[1]

    @sql_computed
    @classmethod
    def best(cls) -> ColumnElement[Grade]:
        """The grade, or a low one."""
        return func.coalesce(cls.grade, literal(Grade.LOW, EnumType(Grade)))

    @sql_computed
    @classmethod
    def shade(cls) -> ColumnElement[Color]:
        """The color, unless the boolean is true."""
        return case((cls.yes.is_not(True), cls.color))

    @sql_computed
    @classmethod
    def part(cls) -> ColumnElement[Any]:
        """The JSON value at the key a."""
        return cls.doc["a"]

    @sql_computed
    @classmethod
    def some(cls) -> ColumnElement[list[int]]:
        """The small integers, or none."""
        return func.coalesce(cls.smalls, cast([], ARRAY(SmallInteger)))

    @sql_computed
    @classmethod
    def peers(cls) -> ColumnElement[int]:
        """Number of samples of the collection with the same mood."""
        other = aliased(Sample)
        same = select(func.count()).where(other.organization_id == cls.organization_id, other.mood == cls.mood)
        return func.coalesce(same.scalar_subquery(), 0)


Sample.total = column_property(cast(Sample.small, BigInteger) + Sample.whole, doc="Sum of both integers.")


NODES = (Collection, Sample)
