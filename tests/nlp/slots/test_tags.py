from nlp.slots.tags import COUNT, NEVER, ROLES, Span, barred, forbidden_steps, spans_of, tags_of

NEW_EMAIL = 1 + 2 * ROLES.index("new_email")
SPANS = (Span("old", 1, 2), Span("new_email", 4, 4))


def test_tags_and_spans_are_the_same_thing() -> None:
    assert tags_of(SPANS, 6) == [0, 1, 2, 0, NEW_EMAIL, 0]
    assert spans_of([0, 1, 2, 0, NEW_EMAIL, 0]) == SPANS


def test_the_first_of_two_overlapping_spans_counts() -> None:
    assert tags_of((Span("old", 0, 1), Span("new_email", 1, 2)), 3) == [1, 2, 0]


def test_a_role_goes_on_only_after_it_began() -> None:
    steps = forbidden_steps()
    assert steps[1, 2] == steps[2, 2] == 0
    assert steps[0, 2] == steps[NEW_EMAIL, 2] == NEVER


def test_old_and_new_values_are_barred_where_no_correction_is_asked() -> None:
    customer = 1 + 2 * ROLES.index("customer_number")
    closed = barred(correcting=False)
    assert all(closed[1:customer] == NEVER)
    assert not closed[customer:COUNT].any()
    assert not barred(correcting=True).any()


def test_a_new_value_tells_its_field() -> None:
    assert [span.field for span in (*SPANS, Span("email", 0, 0))] == ["", "email", ""]
