// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/ingest_session.hpp"

#include <array>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "dataplane/protocol/parse.hpp"
#include "dataplane/sender.hpp"

namespace switchyard::tool {
namespace {

using namespace dataplane;

/// Sends a Hello with `cookie` and returns the answer's header.
Result<DatagramHeader> greet(Port& port, Ingress& ingress, const EncoderConfig& config,
                             uint64_t cookie) {
    Bytes frame(kLinkHeadersBytes + kDatagramHeaderBytes + kHelloBodyBytes);
    Bytes hello(kHelloBodyBytes, 0);
    hello[0] = hello[1] = kProtocolVersion;
    store_be32(hello.data() + 4, kWindowMax);
    const BytesView parts[] = {hello};
    write_datagram({.kind = FrameKind::Hello, .session = config.session, .cookie = cookie}, parts,
                   std::span{frame}.subspan(kLinkHeadersBytes));
    write_link_headers(config.source, config.destination, frame);
    const BytesView frames[] = {frame};
    if (auto sent = FrameSender(port, {}).send(frames); !sent) return sent.error();
    (void)ingress.receive_once();
    std::array<Frame, 1> reply;
    if (port.receive(0, reply) != 1)
        return Error{ErrorCode::Mismatch, "the ingress did not answer a Hello"};
    LinkHeaders link;
    DatagramHeader header;
    const bool good = parse_link(reply[0].bytes, {.udp_port = config.source.udp_port}, link) ==
                          FrameError::None &&
                      parse_header(link.payload, header) == FrameError::None;
    const uintptr_t buffers[] = {reply[0].buffer};
    port.free_buffers(buffers);
    if (!good) return Error{ErrorCode::Mismatch, "the ingress answered a Hello with nonsense"};
    // The buffer is gone; its numbers stay.
    header.body = {};
    header.extension = {};
    return header;
}

}  // namespace

Result<IngestSession> IngestSession::open(Port& port, Ingress& ingress, uint64_t session) {
    IngestSession out;
    out.encoder_.source.ip = IpAddress::v4(kClientIpv4);
    out.encoder_.source.udp_port = kClientPort;
    out.encoder_.destination.ip = IpAddress::v4(kServerIpv4);
    out.encoder_.session = session;
    const auto challenge = greet(port, ingress, out.encoder_, 0);
    if (!challenge) return challenge.error();
    out.encoder_.cookie = challenge->cookie;
    const auto welcome = greet(port, ingress, out.encoder_, challenge->cookie);
    if (!welcome) return welcome.error();
    if (welcome->kind != FrameKind::Welcome)
        return Error{ErrorCode::Mismatch, "the ingress did not open the session"};
    return out;
}

}  // namespace switchyard::tool
