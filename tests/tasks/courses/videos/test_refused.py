"""What is no film is refused with its reason, by a process that may crash, hang and be lied to."""

from __future__ import annotations

import io
import socket
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.courses.videos.encoder.apart import Encoder
from bellwork.tasks.courses.videos.encoder.facts import Unusable
from bellwork.tasks.courses.videos.encoder.line import MOST, QUESTION, Bytes, serve
from bellwork.tasks.providers.errors import ProviderError
from tests.tasks.courses.videos.films import Order, make, steady_times
from tests.tasks.courses.videos.ladders import make_ladder, probe

if TYPE_CHECKING:
    from pathlib import Path


def refusal(film: Path) -> str:
    """Return why a film is refused."""
    with pytest.raises(Unusable) as refused:
        probe(film)
    return str(refused.value)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\x00" * 100_000, b"<html>not found</html>" * 50, b"RIFF\xff\xff\xff\xffAVI "]
)
def test_rubbish(tmp_path: Path, content: bytes) -> None:
    """Nothing, zeros, a web page and the first bytes of a film are refused."""
    film = tmp_path / "film.mp4"
    film.write_bytes(content)
    assert refusal(film).startswith("the file ")


def test_no_picture(tmp_path: Path) -> None:
    """Sound alone is no film, nor is sound with a cover."""
    silent = make(tmp_path / "film.mkv", Order(steady_times(1), tone=(0, 1)))
    sound = tmp_path / "sound.m4a"
    _sound_only(silent, sound)
    assert refusal(sound) == "the file has no moving picture"


def _sound_only(film: Path, sound: Path) -> None:
    import av  # noqa: PLC0415 - used here alone

    with av.open(str(film)) as source, av.open(str(sound), "w", format="mp4") as out:
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)


def test_no_frames(tmp_path: Path) -> None:
    """A head that promises pictures, and nothing but zeros behind it: 0 frames."""
    film = make(tmp_path / "film.mp4", Order(steady_times(2)))
    content = film.read_bytes()
    begins, ends = content.index(b"mdat") + 4, content.index(b"moov") - 4
    film.write_bytes(content[:begins] + bytes(ends - begins) + content[ends:])
    assert refusal(film) == "the film has no picture that can be decoded: 0 frames"


def test_a_bare_stream(tmp_path: Path) -> None:
    """Pictures of H.264 without a container have no times: that is what is said, and not that there are none."""
    film, bare = make(tmp_path / "film.mkv", Order(steady_times(2))), tmp_path / "film.h264"
    _unpack(film, bare, "h264")
    assert "is a bare stream of pictures (h264)" in refusal(bare)


def _unpack(film: Path, bare: Path, kind: str) -> None:
    import av  # noqa: PLC0415 - as above

    with av.open(str(film)) as source, av.open(str(bare), "w", format=kind) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)


def test_damaged_but_for_its_first_picture(tmp_path: Path) -> None:
    """That one is the thumbnail: it stands for the whole film, which is no fault of the encoder's."""
    options = {"preset": "ultrafast", "g": "1", "bf": "0"}
    film = make(tmp_path / "film.mp4", Order(steady_times(20, 5), options=options))
    content = bytearray(film.read_bytes())
    for place, size in _packets(film)[1:]:
        content[place : place + size] = bytes(size)
    film.write_bytes(content)
    Encoder(io.BytesIO(content), len(content), 30).probe(tmp_path / "thumbnail.jpg")
    assert (tmp_path / "thumbnail.jpg").read_bytes().startswith(b"\xff\xd8")


def _packets(film: Path) -> list[tuple[int, int]]:
    import av  # noqa: PLC0415 - as above

    with av.open(str(film)) as source:
        return [(packet.pos, packet.size) for packet in source.demux(video=0) if packet.pos and packet.size]


def test_longer_than_twelve_hours(tmp_path: Path) -> None:
    """Twelve hours are a film, a second more is none, whatever stands between."""
    assert probe(make(tmp_path / "just.mkv", Order((0, 12 * 3600 - 1)))).seconds <= 12 * 3600
    assert refusal(make(tmp_path / "long.mkv", Order((0, 12 * 3600 + 1)))).startswith(
        "the film lasts more than 12 hours"
    )


def test_larger_than_8k(tmp_path: Path) -> None:
    """A picture of 16,400 pixels a line is refused, by its size."""
    film = make(tmp_path / "film.mkv", Order((0, 0.04), 16_400, 16, codec="mjpeg", options={}))
    assert refusal(film) == "the picture has 16400 x 16 pixels; a side may have 8192"


@pytest.mark.parametrize("kind", ["file", "address", "concat"])
def test_playlists_lead_nowhere(tmp_path: Path, kind: str) -> None:
    """A playlist that names a film on the same disk, or an address, is refused, and nobody asks that address."""
    secret = make(tmp_path / "secret.ts", Order(steady_times(1)))
    film = tmp_path / "film.mp4"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        named = {"file": f"{secret}", "address": f"http://127.0.0.1:{server.getsockname()[1]}/film.ts"}
        listed = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{named.get(kind, '')}\n#EXT-X-ENDLIST\n"
        film.write_text(f"ffconcat version 1.0\nfile '{secret}'\n" if kind == "concat" else listed)
        assert refusal(film).startswith("the file cannot be read as a film")
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_decoder_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that reads memory that is not there ends its own process: this one goes on, and knows why."""
    film = make(tmp_path / "film.mp4", Order(steady_times(1)))
    orders = tmp_path / "orders"
    orders.mkdir()
    (orders / "in_encoder.pictures").write_text("segv")
    monkeypatch.setenv("FAILPOINTS", str(orders))
    with pytest.raises(ProviderError, match="was ended by SIGSEGV in its step 'pictures'"):
        make_ladder(film, tmp_path / "ladder")
    make_ladder(film, tmp_path / "ladder")


def test_a_step_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that takes longer than its time is ended."""
    film = make(tmp_path / "film.mp4", Order(steady_times(1)))
    orders = tmp_path / "orders"
    orders.mkdir()
    (orders / "in_encoder.probe").write_text("sleep 60")
    monkeypatch.setenv("FAILPOINTS", str(orders))
    with pytest.raises(ProviderError, match="did not end its step 'probe' within 1 s"):
        probe(film, seconds=1)


def test_a_film_that_is_cut_while_it_is_read(tmp_path: Path) -> None:
    """Where the storage has less than it said, that is the storage's fault and no judgement of the film."""
    film = make(tmp_path / "film.mp4", Order(steady_times(1))).read_bytes()
    with pytest.raises(OSError, match="the film ends within"):
        Encoder(io.BytesIO(film[:2000]), len(film), 10).probe()


def test_no_answer_is_larger_than_any_film_needs() -> None:
    """A process that a film has taken over and asks for 4 GB at once gets nothing; an honest one reads in pieces."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(QUESTION.pack(0, MOST + 1))
        with pytest.raises(ConnectionAbortedError, match="asked for 1048577 bytes at once"):
            serve(ours, io.BytesIO(bytes(2 * MOST)), time.monotonic() + 10)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reading = Thread(target=serve, args=(ours, io.BytesIO(bytes(2 * MOST)), time.monotonic() + 10))
        reading.start()
        film = Bytes(theirs, 2 * MOST)
        assert [len(film.read()) for _ in range(3)] == [MOST, MOST, 0]
        theirs.shutdown(socket.SHUT_RDWR)
        reading.join()


def test_the_encoder_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of the encoder has no address and no key: its environment names neither."""
    from bellwork.tasks.courses.videos.encoder import apart  # noqa: PLC0415 - looked into here alone

    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere")
    monkeypatch.setattr(apart, "_CHILD", "tests.tasks.courses.videos.tells_environment")
    with pytest.raises(ProviderError) as told:
        probe(make(tmp_path / "film.mp4", Order((0,))))
    assert "PYTHONPATH" in str(told.value)
    assert "DATABASE_URL" not in str(told.value)
