"""Names for runs and logged models that were given none: adjective, noun, number."""

import random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ADJECTIVES: Final = _words(
    "able agile amber ample apt arctic autumn azure bold brave breezy bright brisk bronze calm candid clear clever "
    "cobalt coral cosmic crimson crisp curious daring deft eager early earnest fair fearless fleet fond frank fresh "
    "gentle gifted glad golden grand hardy honest humble indigo ivory jolly jovial keen kind level light lively loyal "
    "lucid lucky lunar mellow merry mighty mild modest neat nimble noble novel olive open patient plain playful "
    "polite proud quick quiet rapid rare ready robust rustic sage scarlet serene sharp silent silver sincere smooth "
    "snowy solar solid spry stable steady stoic stormy sunny swift tidy tranquil trusty upbeat valiant vast velvet "
    "vivid warm wise witty zesty"
)
_NOUNS: Final = _words(
    "acorn alder anchor aspen badger beacon beaver birch bison brook canyon cedar cliff comet condor coral cove crane "
    "creek cricket cypress dahlia delta dingo dove eagle elk ember falcon fern finch fjord forest fox gale gecko "
    "geyser glacier grove gull harbor hare hawk hazel heron hill ibex iris island jay kestrel kiwi lagoon lake larch "
    "lark lemur lily lion lotus lynx magpie maple marlin marsh meadow mesa mole moose moss newt oak oasis ocelot "
    "orca orchid osprey otter owl panda pebble pelican petrel pine plover pond poplar puffin quail quartz raven reef "
    "ridge river robin salmon seal sequoia shore sparrow spruce stag stork summit swan teal thrush tiger trout tulip "
    "valley vole walrus willow wolf wren zebra"
)
_NUMBERS: Final = 1000


def generated_name() -> str:
    """Such as `calm-otter-417`. Not unique: ids are."""
    return f"{random.choice(_ADJECTIVES)}-{random.choice(_NOUNS)}-{random.randrange(_NUMBERS)}"  # noqa: S311 - no secret
