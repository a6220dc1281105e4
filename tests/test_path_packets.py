"""IP packets read and built: nothing is lost on the way, and what is broken is refused."""

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.lab.namespace.packets import (
    ICMP,
    ICMP_V6,
    TCP,
    UDP,
    Datagram,
    Packet,
    Segment,
    one_hop_on,
    packet_bytes,
    read_packet,
)
from tests.path_rig import verify

PORTS, NUMBERS, WORDS = st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=64)
ENDS = {
    4: st.integers(0, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number))),
    6: st.integers(0, 2**128 - 1).map(lambda number: str(ipaddress.IPv6Address(number))),
}
SEGMENTS = st.builds(
    Segment,
    source_port=PORTS,
    destination_port=PORTS,
    sequence=NUMBERS,
    acknowledgement=NUMBERS,
    flags=st.integers(0, 2**12 - 1),
    window=PORTS,
    urgent=PORTS,
    options=st.integers(0, 10).flatmap(lambda words: st.binary(min_size=words * 4, max_size=words * 4)),
    data=WORDS,
)
DATAGRAMS = st.builds(Datagram, source_port=PORTS, destination_port=PORTS, data=WORDS)
ANY = st.one_of(
    st.tuples(st.just(TCP), SEGMENTS),
    st.tuples(st.just(UDP), DATAGRAMS),
    st.tuples(st.sampled_from([ICMP, ICMP_V6]), st.binary(min_size=8, max_size=64)),
)
V4 = Packet(source="44.0.0.9", destination="198.51.100.23", protocol=UDP, carried=Datagram(data=b"a question"))
V6 = Packet(source="2610:44::9", destination="2001:db8::1", protocol=UDP, carried=Datagram(data=b"a question"))


@given(version=st.sampled_from([4, 6]), carried=ANY, hop_limit=st.integers(0, 255), data=st.data())
def test_what_is_built_is_sound_and_reads_as_what_it_was_built_of(
    version: int, carried: tuple[int, Segment | Datagram | bytes], hop_limit: int, data: st.DataObject
) -> None:
    source, destination = data.draw(ENDS[version]), data.draw(ENDS[version])
    built = Packet(source=source, destination=destination, protocol=carried[0], carried=carried[1], hop_limit=hop_limit)
    raw = packet_bytes(built)
    read = read_packet(raw)
    verify(raw)
    assert packet_bytes(read) == raw
    assert (read.source, read.destination, read.protocol, read.hop_limit) == (
        source,
        destination,
        carried[0],
        hop_limit,
    )
    if not isinstance(carried[1], bytes):
        assert read.carried == carried[1]


@pytest.mark.parametrize("packet", [V4, V6], ids=["ipv4", "ipv6"])
def test_checksums_that_came_unfinished_leave_sound(packet: Packet) -> None:
    raw = bytearray(packet_bytes(packet))
    at = (20 if packet.version == 4 else 40) + 6
    raw[at : at + 2] = b"\x12\x34"
    with pytest.raises(AssertionError):
        verify(bytes(raw))
    verify(packet_bytes(read_packet(bytes(raw))))


@pytest.mark.parametrize("packet", [V4, V6], ids=["ipv4", "ipv6"])
def test_one_hop_on_nothing_else_has_changed(packet: Packet) -> None:
    read = read_packet(packet_bytes(packet))
    onward = read_packet(packet_bytes(one_hop_on(read)))
    verify(packet_bytes(onward))
    assert (onward.hop_limit, onward.carried, onward.source) == (read.hop_limit - 1, read.carried, read.source)


def test_padding_behind_a_packet_is_no_part_of_it() -> None:
    raw = packet_bytes(V4)
    assert read_packet(raw + bytes(20)) == read_packet(raw)


def test_options_of_ipv4_are_kept() -> None:
    head, rest = packet_bytes(V4)[:20], packet_bytes(V4)[20:]
    router_alert = b"\x94\x04\x00\x00"
    raw = bytes([0x46]) + head[1:2] + (24 + len(rest)).to_bytes(2) + head[4:] + router_alert + rest
    read = read_packet(raw)
    assert read.carried == V4.carried
    assert packet_bytes(read)[20:24] == router_alert
    verify_head = packet_bytes(read)[:24]
    assert sum(struct.unpack("!12H", verify_head)) % 0xFFFF == 0


def test_extension_headers_of_ipv6_are_kept_and_read_past() -> None:
    raw = packet_bytes(V6)
    options = bytes([UDP, 0, 1, 4, 0, 0, 0, 0])
    extended = raw[:4] + (len(raw) - 40 + 8).to_bytes(2) + bytes([0]) + raw[7:40] + options + raw[40:]
    read = read_packet(extended)
    assert (read.protocol, read.carried) == (UDP, V6.carried)
    assert packet_bytes(read) == extended


def test_a_fragment_is_carried_as_it_is() -> None:
    raw = bytearray(packet_bytes(V4))
    raw[6:8] = b"\x20\x00"  # more fragments
    raw[26:28] = b"\0\0"
    read = read_packet(bytes(raw))
    assert read.is_fragment
    assert read.carried == bytes(raw[20:])
    assert packet_bytes(read)[20:] == bytes(raw[20:])


@pytest.mark.parametrize("packet", [V4, V6], ids=["ipv4", "ipv6"])
def test_a_packet_cut_anywhere_is_refused(packet: Packet) -> None:
    raw = packet_bytes(packet)
    for length in range(len(raw)):
        with pytest.raises(ValueError, match="packet"):
            read_packet(raw[:length])


@pytest.mark.parametrize("offset", [0x00, 0x40, 0xF0], ids=["none", "less_than_a_head", "past_the_end"])
def test_a_tcp_head_of_a_false_length_is_refused(offset: int) -> None:
    raw = bytearray(
        packet_bytes(Packet(source="44.0.0.9", destination="44.0.0.1", protocol=TCP, carried=Segment(flags=2)))
    )
    raw[32] = offset
    with pytest.raises(ValueError, match="TCP segment"):
        read_packet(bytes(raw))
