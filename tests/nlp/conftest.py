"""The shipped model, loaded once for all tests of recognition."""

import pytest

from nlp.recognise import SpacyRecogniser


@pytest.fixture(scope="session")
def recogniser() -> SpacyRecogniser:
    return SpacyRecogniser.load()
