"""Kinds of work of a repair shop. The last one is new and has no tasks."""

from schema.seed.vocabulary.trade import Kind

MEND = ("Replace", "Repair", "Check", "Clean", "Adjust")

KINDS = (
    Kind(
        "Bicycles",
        "Everything that is driven by legs alone.",
        ("Replace", "Adjust", "True", "Check", "Clean"),
        ("brakes", "rear wheel", "gear shifter", "bottom bracket", "chain", "front fork", "hub dynamo", "headset"),
        ("a Gazelle city bike", "a steel touring bike", "a folding bike", "a child's bike", "a cargo trike"),
    ),
    Kind(
        "E-bikes",
        "Bicycles with a motor. Batteries are opened at bench 4 only.",
        MEND,
        ("battery", "display", "torque sensor", "hub motor", "wiring", "charger socket", "belt drive"),
        ("a cargo e-bike", "a commuter e-bike", "a mountain e-bike", "a rental e-bike", "a delivery e-bike"),
    ),
    Kind(
        "Washing machines",
        "Washers and dryers, here or at the customer's.",
        MEND,
        ("drum bearing", "drain pump", "door seal", "heating element", "shock absorbers", "control board"),
        ("a top loader", "a front loader", "a tumble dryer", "a washer-dryer", "a laundry-room machine"),
    ),
    Kind(
        "Dishwashers",
        "Household machines, and those of small kitchens.",
        MEND,
        ("spray arm", "inlet valve", "circulation pump", "door hinge", "water softener", "detergent lid"),
        ("a built-in dishwasher", "a countertop dishwasher", "a bar glass washer", "a hood dishwasher"),
    ),
    Kind(
        "Coffee machines",
        "From the stove-top pot to the two-group machine.",
        ("Replace", "Descale", "Repair", "Check", "Clean"),
        ("grinder", "boiler", "group gasket", "pump", "steam valve", "brew unit"),
        ("an espresso machine", "a bean-to-cup machine", "a filter machine", "a lever machine", "a vending machine"),
    ),
    Kind(
        "Sewing machines",
        None,
        ("Replace", "Oil", "Adjust", "Check", "Repair"),
        ("bobbin case", "foot pedal", "timing belt", "needle bar", "thread tension", "motor brushes"),
        ("a treadle machine", "an overlocker", "a quilting machine", "an embroidery machine", "a school machine"),
    ),
    Kind(
        "Small appliances",
        "What fits on one bench: toasters, mixers, lamps, radios.",
        MEND,
        ("switch", "power cord", "fan", "thermostat", "gearbox", "heating wire"),
        ("a toaster", "a stand mixer", "a vacuum cleaner", "a hair dryer", "a valve radio", "a desk lamp"),
    ),
    Kind(
        "Garden tools",
        "New this season: mowers, trimmers and pumps.",
        MEND,
        ("blade", "starter", "carburettor"),
        ("a lawn mower", "a hedge trimmer", "a pond pump"),
    ),
)
