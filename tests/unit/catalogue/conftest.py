from datetime import UTC, date, datetime

import pytest

from chalicelib.catalogue import Catalogue, load
from chalicelib.catalogue.build.files import DATA
from chalicelib.catalogue.build.keeping import keep
from chalicelib.catalogue.compile import compile_all
from chalicelib.catalogue.geography import Boundaries
from chalicelib.catalogue.loading import COMPILED

SMALL_CITY = {
    "boroughs.yaml": """\
AA:
  name:
    fr: Le Bas
    en: Lower Town
  election_district: 1
  mamh: REM01
  population: 1000
BB:
  name:
    fr: Le Haut
    en: Upper Town
  election_district: 2
  mamh: REM02
  population: 2000
  bilingual: true
""",
    "units.yaml": """\
"311":
  name: {fr: Triage, en: Triage}
AA:
  name: {fr: Arrondissement du Bas, en: Lower Town}
BB:
  name: {fr: Arrondissement du Haut, en: Upper Town}
lumiere:
  name: {fr: Éclairage, en: Lighting}
  acknowledge_within_hours: 4
egouts:
  name: {fr: Égouts, en: Sewers}
""",
    "groups.yaml": "- rues\n- divers\n",
    "services/rues.yaml": """\
name:
  fr: Rues
  en: Streets
services:
  trou:
    name: {fr: Trou, en: Hole}
    description: {fr: Un trou., en: A hole.}
    place: point
    on_public_way: true
    anonymous: true
    unit: borough
    target_working_days: 5
    keywords: {fr: [trou], en: [hole]}
    activities: [Nid-de-poule]
    burst: {most: 3, minutes: 60}
    stoppers:
      - kind: danger
        phone: "911"
        attribute: taille
        value: grand
        when: {fr: Le trou est grand, en: The hole is large}
        say: {fr: Appelez le 911., en: Call 911.}
    attributes:
      - code: taille
        datatype: singlevaluelist
        required: true
        name: {fr: Taille, en: Size}
        values:
          no: {fr: Petit, en: Small}
          grand: {fr: Grand, en: Large}
      - code: depuis
        datatype: datetime
        required: false
        name: {fr: Depuis, en: Since}
  lampe:
    name: {fr: Lampe, en: Lamp}
    description: {fr: Une lampe., en: A lamp.}
    place: point
    on_public_way: true
    anonymous: true
    unit: lumiere
    target_working_days: 3
    keywords: {fr: [lampe], en: [lamp]}
    activities: [Éclairage]
    burst: null
""",
    "services/divers.yaml": """\
name:
  fr: Divers
  en: Other
services:
  taxe:
    name: {fr: Taxe, en: Tax}
    description: {fr: Une taxe., en: A tax.}
    place: borough
    on_public_way: false
    anonymous: false
    unit: borough
    target_working_days: 10
    keywords: {fr: [taxe], en: [tax]}
    activities: [Taxes]
""",
    "exceptions.yaml": """\
own-lamps:
  services: [lampe]
  boroughs: [BB]
  unit: borough
  target_working_days: 8
  reason: {fr: Le Haut a ses lampes., en: Upper Town has its own lamps.}
no-tax:
  services: [taxe]
  boroughs: [BB]
  offered: false
  reason: {fr: Le Haut ne taxe pas., en: Upper Town does not tax.}
""",
    "catalogues/whole.yaml": """\
timezone: America/Toronto
phone: "311"
burst: {most: 5, minutes: 10}
succeeds: part
boroughs: all
services: all
""",
    "catalogues/part.yaml": """\
timezone: America/Toronto
phone: "311"
burst: null
boroughs: [AA]
services: [lampe]
""",
    "holidays.yaml": """\
2026-01-01: {fr: Jour de l'an, en: New Year's Day}
2027-01-01: {fr: Jour de l'an, en: New Year's Day}
""",
    "boundaries.geojson": """\
{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"NOM": "Le Bas", "ABREV": "AA", "TYPE": "Arrondissement"},
 "geometry": {"type": "Polygon", "coordinates": [[[0, 45], [0.1, 45], [0.1, 45.1], [0, 45.1], [0, 45]]]}},
{"type": "Feature", "properties": {"NOM": "Le Haut", "ABREV": "BB", "TYPE": "Arrondissement"},
 "geometry": {"type": "MultiPolygon", "coordinates":
  [[[[0.1, 45], [0.2, 45], [0.2, 45.1], [0.1, 45.1], [0.1, 45]]]]}},
{"type": "Feature", "properties": {"NOM": "Voisine", "ABREV": null, "TYPE": "Ville liée"},
 "geometry": {"type": "Polygon", "coordinates": [[[0.2, 45], [0.3, 45], [0.3, 45.1], [0.2, 45.1], [0.2, 45]]]}},
{"type": "Feature", "properties": {"NOM": "Le lac", "ABREV": "ZZ", "TYPE": "Plan d'eau"},
 "geometry": {"type": "Polygon", "coordinates": [[[0, 45], [0.1, 45], [0.1, 45.1], [0, 45]]]}}
]}
""",
}


class SmallCity:
    """A city of two boroughs and three services, to be broken and compiled."""

    def __init__(self, folder):
        self.data = folder / "data"
        self.compiled = folder / "compiled"
        for file, content in SMALL_CITY.items():
            self.write(file, content)

    def write(self, file, content):
        (self.data / file).parent.mkdir(parents=True, exist_ok=True)
        (self.data / file).write_text(content, encoding="utf-8")

    def change(self, file, before, after):
        content = (self.data / file).read_text(encoding="utf-8")
        assert before in content
        self.write(file, content.replace(before, after, 1))

    def compile(self, today=date(2026, 6, 1)):
        compile_all(self.data, self.compiled, today)

    def catalogue(self, name):
        return Catalogue((self.compiled / f"{name}.jsonl").read_bytes(), self.compiled)

    def keep(self, name, today=date(2026, 6, 1)):
        return keep(name, today=today, data=self.data, compiled=self.compiled)

    def boundaries(self):
        return Boundaries.from_json((self.compiled / "boundaries.json").read_bytes())


@pytest.fixture
def small_city(tmp_path):
    return SmallCity(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _compiled():
    compile_all(DATA, COMPILED, datetime.now(UTC).date())


@pytest.fixture
def pilot():
    return load("pilot")


@pytest.fixture
def city():
    return load("city")
