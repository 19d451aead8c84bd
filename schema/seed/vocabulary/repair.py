"""Vocabulary of a repair shop for bicycles and household machines."""

from schema.seed.vocabulary import Item, Kind, Post, Trade

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


POSTS = (
    Post(
        "Repair café in {month}",
        (
            "On the last Saturday of {month} we open the doors for the neighbourhood again.",
            "We expect about {number} people.",
            "{colleague} needs three helpers for the bicycle stand.",
            "Cake is welcome.",
        ),
    ),
    Post(
        "New supplier for bearings",
        (
            "From {month} on we order bearings from the wholesaler by the harbour.",
            "Delivery takes two days, not five.",
            "Old stock is on shelf {number}: please use it up first.",
        ),
    ),
    Post(
        "Please label what you put on the shelves",
        (
            "This week we searched {number} minutes for a pump that was in front of us.",
            "A name and a date are enough.",
            "{colleague} has printed new stickers.",
        ),
    ),
    Post(
        "Opening hours over the holidays",
        (
            "We close on {day} at noon and open again after the holidays.",
            "Machines that are ready by then should be called for before.",
            "{colleague} has the key for emergencies.",
        ),
    ),
    Post(
        "{number} machines saved in {month}",
        (
            "That is how many left the workshop in working order instead of going to scrap.",
            "Washing machines come first, toasters second.",
            "Thank you all.",
        ),
    ),
    Post(
        "How we handle swollen batteries",
        (
            "Do not charge, do not press, do not store them inside.",
            "The sand box stands behind bench 4.",
            "{colleague} calls the collection service, it comes every {day}.",
        ),
    ),
    Post(
        "The torque wrench is back",
        (
            "It was in the van.",
            "It has been calibrated again and may be used for cranks and heads.",
            "Please hang it up where it belongs.",
        ),
    ),
    Post(
        "Welcome to the bench, {colleague}",
        (
            "{colleague} joins us for two days a week, mostly for electronics.",
            "First task: the pile of radios on shelf {number}.",
            "Say hello on {day}.",
        ),
    ),
)


REPAIR = Trade(
    name="Repair",
    title="{verb} the {part} of {whole}",
    kinds=KINDS,
    labels=(
        ("urgent", "#d7263d"),
        ("waiting for parts", "#f4a259"),
        ("warranty", "#2e86ab"),
        ("pick-up", "#5b8e7d"),
        ("estimate first", "#8d6a9f"),
        ("regular customer", "#f2c14e"),
        ("second attempt", "#a23b72"),
        ("second-hand parts", "#7a9e7e"),
        ("electrics", "#3d5a80"),
        ("noisy", "#bc6c25"),
        ("safety", "#9b2226"),
        ("donation", "#6c757d"),
    ),
    steps=(
        "Find the fault",
        "Write the estimate",
        "Order the parts",
        "Take it apart and clean it",
        "Fit the new parts",
        "Test it under load",
        "Call the customer",
        "Write the invoice",
    ),
    wishes=(
        "{customer} brought it in on {day}.",
        "{customer} needs it back before {day}.",
        "It comes from {customer} and has been here twice this year.",
        "{customer} asked for an estimate first, nothing above {number} without a call.",
        "Bought second-hand in {month}, there is no manual.",
    ),
    findings=(
        "It stopped in the middle of a run and has not started again.",
        "There is a grinding noise as soon as it is under load.",
        "It works when cold and gives up after {number} minutes.",
        "Somebody has tried to mend it before: two screws are missing.",
        "The {part} looks worn, but that may not be all.",
        "Nothing to see from the outside.",
    ),
    instructions=(
        "Keep the old {part}, the customer wants to see it.",
        "Check the cable while it is open.",
        "If the {part} has to be ordered, tell {colleague}.",
        "Use the parts from shelf {number} first.",
        "Take pictures before you take it apart.",
    ),
    remarks=(
        "The new {part} has arrived, it is on shelf {number}.",
        "Supplier says {day} at the earliest.",
        "Took it apart: the {part} is cracked all the way through.",
        "Customer has agreed to the estimate.",
        "Could not reach the customer, will try again on {day}.",
        "{colleague}, can you look at this? It still makes the noise.",
        "Runs again. Left it on the bench for {number} minutes to be sure.",
        "We had the same fault in {month}, it was a loose wire.",
        "The part they sent does not fit. Sent it back.",
        "Cleaned and greased, nothing else was needed.",
        "Ready. Needs a test before it leaves.",
        "Paid for, will be picked up on {day}.",
        "Not worth mending: the parts cost more than a new one.",
        "Good work, thank you!",
        "Who has the torque wrench?",
        "I can do this after lunch.",
    ),
    posts=POSTS,
    items=(
        Item("Workshop time", 6400, by_the_hour=True),
        Item("Brake service, front and rear", 3950),
        Item("Chain and cassette", 7890),
        Item("Inner tube and tyre", 3425),
        Item("Heating element", 5499),
        Item("Drum bearing set", 8720),
        Item("Drain pump", 4615),
        Item("Descaling and seals", 3700),
        Item("Pick-up and delivery", 2500),
        Item("Estimate", 1900),
        Item("Small parts", 385),
        Item("Battery cells, per pack", 12900),
    ),
    expenses=("Spare parts, wholesale", "Rent of the workshop", "Tools", "Wages", "Electricity", "Disposal of scrap"),
)
