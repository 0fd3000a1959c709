"""What an English question is about: the phrases that name something, without verbs and what is asked for."""

import pytest

from qa.english_topics import english_topic, is_past


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("How many trees has Ant Forest planted?", "Ant Forest"),
        ("How much waste did the Shenzhen Energy project handle?", "the Shenzhen Energy project"),
        ("Which companies take part in the Green Stream Plan?", "the Green Stream Plan"),
        # Only "how many" and "how much" ask for things.
        ("How does Ant Forest work?", "Ant Forest"),
        ("How is bamboo used?", "bamboo"),
        ("How are old batteries collected?", "batteries"),
        # Not every word in -ed is a verb.
        ("Where does seed come from?", "seed"),
        ("When was watershed protection introduced?", "watershed protection"),
        ("Why was wind speed measured in this valley?", "wind speed, valley"),
        ("Who gave farmers reed beds?", "farmers reed beds"),
    ],
)
def test_the_topic_of_a_question(question: str, topic: str) -> None:
    assert english_topic(question) == topic


@pytest.mark.parametrize(
    "word", ["planted", "used", "died", "described", "established", "held", "gave", "agreed"]
)
def test_past_forms(word: str) -> None:
    assert is_past(word)


@pytest.mark.parametrize(
    "word", ["seed", "speed", "watershed", "bed", "shed", "red", "hundred", "need", "trees"]
)
def test_other_words_in_ed(word: str) -> None:
    assert not is_past(word)
