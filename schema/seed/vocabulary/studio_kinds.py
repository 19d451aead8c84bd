"""Kinds of work of a design studio. The last one is new and has no tasks."""

from schema.seed.vocabulary.trade import Kind

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
