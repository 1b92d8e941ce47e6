"""Mails in one batch do not see each other, and what is kept comes back."""

import numpy as np

from nlp.slots.features import FLAGS, Seen, see
from nlp.slots.layers import WIDTH, Batch, Encoder, Layers
from nlp.slots.tokens import tokens_of

TEXTS = ("old: 0170 1234567, new: 0170 7654321\nThanks, Eve", "Hello", "I moved to 12 Linden Way, Bristol.")


def mails() -> list[Seen]:
    return [see(text, tokens_of(text), "en") for text in TEXTS]


def encoder() -> Encoder:
    made = Encoder(flags=FLAGS)
    Layers(*made.layers)
    return made


def test_a_mail_in_a_batch_reads_as_it_does_alone() -> None:
    reader, together = encoder(), Batch(mails())
    rows = together.split(reader.read(together))
    for mail, found in zip(mails(), rows, strict=True):
        alone = Batch([mail])
        assert found.shape == (len(mail), WIDTH)
        np.testing.assert_allclose(found, alone.split(reader.read(alone))[0], atol=1e-5)


def test_rows_stand_where_their_mails_do() -> None:
    batch = Batch(mails())
    parts = [np.full((len(mail), 2), number, dtype=np.float32) for number, mail in enumerate(mails(), start=1)]
    for given in (parts, [np.concatenate(parts)]):
        stacked = batch.rows(given)
        assert [part.tolist() for part in batch.split(stacked)] == [part.tolist() for part in parts]
        assert not stacked[batch.inside[:, 0] == 0].any()


def test_layers_take_the_means_of_their_weights() -> None:
    made = Encoder(flags=FLAGS)
    layers = Layers(*made.layers)
    before = layers.arrays()
    mix = next(layer for layer in made.layers[1].walk() if "W" in layer.param_names)
    layers.graduate({(mix.id, "W"): np.zeros_like(mix.get_param("W"))})
    after = layers.arrays()
    changed = [name for name in before if not np.array_equal(before[name], after[name])]
    assert len(changed) == 1
    assert not after[changed[0]].any()
