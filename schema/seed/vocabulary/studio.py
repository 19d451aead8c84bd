"""Vocabulary of a design studio."""

from schema.seed.vocabulary import Item, Kind, Post, Trade

MAKE = ("Sketch", "Design", "Revise", "Proofread", "Finish")

KINDS = (
    Kind(
        "Branding",
        "Marks, names and the rules for using them.",
        ("Sketch", "Design", "Redraw", "Present", "Finish"),
        ("wordmark", "colour palette", "style guide", "monogram", "brand story", "icon set"),
        ("a family brewery", "a bicycle maker", "a choir", "a seed company", "a night train"),
    ),
    Kind(
        "Web design",
        "Pages and screens, up to the hand-over to whoever builds them.",
        ("Sketch", "Design", "Prototype", "Test", "Revise"),
        ("landing page", "booking flow", "checkout", "navigation", "type scale", "error pages"),
        ("a museum shop", "a ferry line", "a food market", "a climbing hall", "a public library"),
    ),
    Kind(
        "Print",
        "Everything on paper. Final files go to the printer as PDF/X-4.",
        ("Lay out", "Proofread", "Typeset", "Revise", "Send off"),
        ("annual report", "programme", "menu", "poster series", "invitation", "catalogue"),
        ("the autumn season", "the jubilee", "the opening night", "the spring collection", "the city festival"),
    ),
    Kind(
        "Packaging",
        "Boxes, bottles and labels, with their dielines.",
        MAKE,
        ("label", "gift box", "dieline", "shipping carton", "tasting set"),
        ("a cider house", "a chocolate maker", "a tea importer", "a soap workshop", "an olive mill"),
    ),
    Kind(
        "Illustration",
        None,
        ("Sketch", "Ink", "Colour", "Revise", "Scan"),
        ("cover", "map", "portrait series", "recipe cards", "endpapers"),
        ("a children's book", "a travel guide", "a cookbook", "a magazine", "an almanac"),
    ),
    Kind(
        "Photography",
        "Shoots, selections and retouching.",
        ("Plan", "Shoot", "Select", "Retouch", "Deliver"),
        ("portraits", "product pictures", "still lifes", "aerial views", "press pictures"),
        ("the new website", "the annual report", "the summer campaign", "the exhibition", "the shop window"),
    ),
    Kind(
        "Exhibition",
        "Rooms, panels, signs and what holds them up.",
        ("Plan", "Design", "Measure", "Build", "Install"),
        ("wall panels", "signage", "display cases", "lighting plan", "audio guide"),
        ("the ceramics show", "the harbour museum", "the open studio", "the trade fair", "the science week"),
    ),
    Kind(
        "Motion",
        "New this year: titles, loops and short films.",
        MAKE,
        ("storyboard", "title sequence", "animated logo"),
        ("a documentary", "a trade fair", "a podcast"),
    ),
)


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


STUDIO = Trade(
    name="Studio",
    title="{verb} the {part} for {whole}",
    kinds=KINDS,
    labels=(
        ("deadline", "#e63946"),
        ("waiting for client", "#f4a261"),
        ("approved", "#2a9d8f"),
        ("first draft", "#457b9d"),
        ("revision", "#9d4edd"),
        ("needs copy", "#e9c46a"),
        ("needs pictures", "#f28482"),
        ("at the printer", "#264653"),
        ("pro bono", "#84a59d"),
        ("pitch", "#6d597a"),
        ("internal", "#8d99ae"),
        ("archive", "#6c757d"),
    ),
    steps=(
        "Read the brief again",
        "Collect references",
        "Make three rough sketches",
        "Show the team",
        "Prepare the presentation",
        "Work in the client's remarks",
        "Check colours and fonts",
        "Export and hand over",
    ),
    wishes=(
        "{customer} would like to see two directions by {day}.",
        "{customer} has seen the first round and wants it calmer.",
        "It is for {customer}, who found us through the {month} exhibition.",
        "{customer} pays for {number} hours, not more.",
        "The brief came from {customer} and is one page long.",
    ),
    findings=(
        "The {part} has to work in black and white as well.",
        "What they have now was drawn in the eighties, and people are fond of it.",
        "Texts will come in two languages.",
        "There are {number} pictures, most of them good.",
        "The format is given, everything else is open.",
        "They are torn between serious and playful.",
    ),
    instructions=(
        "Talk to {colleague} before you choose the typeface.",
        "Keep the layers tidy, we hand over the open files.",
        "No stock pictures, please.",
        "Put the drafts of the {part} on the wall by {day}.",
        "Ask for the logo as a vector, they keep sending screenshots.",
    ),
    remarks=(
        "Second draft of the {part} is in the folder.",
        "Client says yes to the blue one!",
        "Client says no to the blue one.",
        "They would like the logo bigger. We talked about it.",
        "{colleague}, which of the two would you show?",
        "The printer needs the files by {day} noon.",
        "Proofs came back: the red is too warm.",
        "Still waiting for the texts, reminded them today.",
        "I moved the {part} to the left page, it breathes better there.",
        "Kerning done, nobody look at it again.",
        "Fonts are licensed for {number} months.",
        "We did something like it in {month}, see the archive.",
        "Meeting moved to {day}.",
        "Lovely. Ship it.",
        "Budget is used up, let us wrap it up here.",
        "Can we try it without the gradient?",
    ),
    posts=POSTS,
    items=(
        Item("Design time", 9200, by_the_hour=True),
        Item("Art direction", 12500, by_the_hour=True),
        Item("Concept workshop, half a day", 48000),
        Item("Logo, three directions", 145000),
        Item("Style guide", 98000),
        Item("Page template", 36500),
        Item("Illustration, full page", 42000),
        Item("Product picture, retouched", 4750),
        Item("Proofs", 6380),
        Item("Typeface licence", 11900),
        Item("Print supervision", 21000),
        Item("Courier", 1790),
    ),
    expenses=("Printer", "Rent of the studio", "Typefaces", "Wages", "Paper samples", "Freelance illustrator"),
)
