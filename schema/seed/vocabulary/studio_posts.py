"""Posts of a design studio."""

from schema.seed.vocabulary.trade import Post

POSTS = (
    Post(
        "Open studio in {month}",
        (
            "We show the posters of the last year, on the walls and on a line across the yard.",
            "{colleague} takes care of the invitations, about {number} of them.",
            "Please choose two pieces of your own by {day}.",
        ),
    ),
    Post(
        "What we learned from the last pitch",
        (
            "They loved the sketches and got lost in the slides.",
            "Next time we bring paper, and half as much of it.",
            "{colleague} has written down the questions they asked.",
        ),
    ),
    Post(
        "New shelf for paper samples",
        (
            "Sorted by weight, from {number} grams upwards.",
            "Please put sheets back flat.",
            "What lies around on {day} goes into the notebook pile.",
        ),
    ),
    Post(
        "Summer hours",
        (
            "In {month} we stop at three on every {day}.",
            "Deadlines stay where they are.",
            "The bath in the river is optional.",
        ),
    ),
    Post(
        "{number} projects finished in {month}",
        (
            "More than ever, and most of them within the hours we had planned.",
            "Packaging has overtaken print.",
            "Take a look at the wall by the stairs.",
        ),
    ),
    Post(
        "How we name files",
        (
            "Client, project, version, and never the word final.",
            "Versions count up from 1.",
            "{colleague} has tidied the archive and would like it to stay so.",
        ),
    ),
    Post(
        "The big plotter is repaired",
        (
            "It prints in straight lines again.",
            "Book it on the list by the door, {number} minutes at a time.",
            "The black cartridge is new.",
        ),
    ),
    Post(
        "Welcome to the studio, {colleague}",
        (
            "{colleague} draws, letters and makes excellent coffee.",
            "The desk by the window is taken from {day} on.",
            "Lunch together, the usual place.",
        ),
    ),
)
