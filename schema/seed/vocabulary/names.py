"""Names of people, customers and organizations."""

FIRST = (
    "Ada", "Amara", "Anouk", "Arjun", "Beatriz", "Bela", "Carmen", "Chidi", "Clara", "Dario", "Edda", "Elif",
    "Emil", "Farah", "Finn", "Gwen", "Hana", "Hugo", "Ines", "Ivo", "Jamila", "Jonas", "Kaito", "Kirsten", "Lena",
    "Luca", "Maeve", "Mateo", "Mina", "Nadia", "Noor", "Oskar", "Paula", "Quentin", "Rosa", "Ruben", "Sana", "Soren",
    "Tamsin", "Tomas", "Uma", "Viktor", "Wanda", "Yusuf", "Zoë",
)  # fmt: skip
LAST = (
    "Abara", "Adeyemi", "Almeida", "Andersen", "Baptiste", "Berger", "Brandt", "Castellanos", "Clarke", "Costa",
    "Dahl", "Demir", "Devlin", "Duarte", "Eriksen", "Fabre", "Ferreira", "Fischer", "Fontaine", "Grant", "Haddad",
    "Halloran", "Hansen", "Horváth", "Iversen", "Jansen", "Kaya", "Keller", "Kimura", "Kowal", "Larsen", "Lefèvre",
    "Lindqvist", "Marchetti", "Mbeki", "Moreau", "Nakamura", "Novak", "Okafor", "Oliveira", "Pereira", "Petrov",
    "Quinn", "Rahman", "Reyes", "Romano", "Sandoval", "Schäfer", "Silva", "Sorensen", "Tanaka", "Torres", "Ullah",
    "Vargas", "Vasquez", "Vermeer", "Weber", "Whitfield", "Yilmaz", "Zeller",
)  # fmt: skip
CUSTOMERS = (
    "{} family", "Café {}", "{} & Daughters", "Hotel {}", "Bakery {}", "{} Architects", "Dr {}", "Pharmacy {}",
    "{} Bookshop", "Restaurant {}", "{} Nursery School", "Garage {}", "{} Theatre", "Vineyard {}", "{} Law Office",
    "Florist {}", "{} Brewery", "Museum {}", "{} Shipping", "Dental Practice {}",
)  # fmt: skip
PLACES = (
    "North", "South", "East", "West", "Harbour", "Hillside", "Riverside", "Market", "Station", "Millpond", "Garden",
    "Bridge", "Lakeside", "Canal", "Castle", "Meadow", "Valley", "Island", "Forest", "Lighthouse",
)  # fmt: skip
CURRENCIES = (("EUR", "USD"), ("GBP", "EUR"), ("SEK", "EUR"), ("USD", "CAD"))
"""Currency of an organization, with that of its customers abroad."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
