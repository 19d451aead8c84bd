"""Posts of a repair shop."""

from schema.seed.vocabulary.trade import Post

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
