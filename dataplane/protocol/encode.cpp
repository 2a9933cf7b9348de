// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/encode.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/internet_checksum.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kFrameBytesMin = 640;
static_assert(kFrameBytesMin - kLinkHeadersBytes - kDatagramHeaderBytes - kFragmentHeaderBytes >=
                  kFragmentBytesMin,
              "the smallest frame must carry the largest transaction in kFragmentsMax pieces");

constexpr uint16_t kEtherTypeIpv4 = 0x0800;
constexpr uint8_t kProtocolUdp = 17;

void append(Bytes& to, BytesView bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

/// Ethernet II, IPv4 (RFC 791, do not fragment) and UDP (RFC 768) in front of a payload that is
/// already in place at `frame + kLinkHeadersBytes`.
void write_link_headers(const EncoderConfig& config, std::span<uint8_t> frame) {
    uint8_t* ethernet = frame.data();
    std::memcpy(ethernet, config.destination.mac.data(), 6);
    std::memcpy(ethernet + 6, config.source.mac.data(), 6);
    store_be16(ethernet + 12, kEtherTypeIpv4);

    uint8_t* ip = ethernet + kEthernetHeaderBytes;
    const auto ip_bytes = static_cast<uint16_t>(frame.size() - kEthernetHeaderBytes);
    std::memset(ip, 0, kIpv4HeaderBytes);
    ip[0] = 0x45;
    store_be16(ip + 2, ip_bytes);
    store_be16(ip + 6, 0x4000);
    ip[8] = 64;
    ip[9] = kProtocolUdp;
    store_be32(ip + 12, config.source.ipv4);
    store_be32(ip + 16, config.destination.ipv4);
    const uint64_t ip_sum = internet_sum({ip, kIpv4HeaderBytes});
    store_be16(ip + 10, static_cast<uint16_t>(~internet_fold(ip_sum)));

    uint8_t* udp = ip + kIpv4HeaderBytes;
    const auto udp_bytes = static_cast<uint16_t>(ip_bytes - kIpv4HeaderBytes);
    store_be16(udp, config.source.udp_port);
    store_be16(udp + 2, config.destination.udp_port);
    store_be16(udp + 4, udp_bytes);
    store_be16(udp + 6, 0);
    const uint64_t pseudo_header = internet_sum({ip + 12, 8}, kProtocolUdp + uint64_t{udp_bytes});
    const uint64_t udp_sum = internet_sum({udp, udp_bytes}, pseudo_header);
    const auto udp_checksum = static_cast<uint16_t>(~internet_fold(udp_sum));
    // Zero on the wire means that the sender computed none.
    store_be16(udp + 6, udp_checksum == 0 ? 0xFFFF : udp_checksum);
}

}  // namespace

BytesView FrameBatch::operator[](size_t index) const {
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return BytesView{bytes_}.subspan(begin, ends_[index] - begin);
}

std::vector<BytesView> FrameBatch::views() const {
    std::vector<BytesView> out;
    out.reserve(size());
    for (size_t i = 0; i < size(); ++i)
        out.push_back((*this)[i]);
    return out;
}

void FrameBatch::clear() {
    bytes_.clear();
    ends_.clear();
}

std::span<uint8_t> FrameBatch::append(size_t size) {
    const size_t begin = bytes_.size();
    bytes_.resize(begin + size);
    ends_.push_back(bytes_.size());
    return std::span{bytes_}.subspan(begin);
}

Result<FrameEncoder> FrameEncoder::create(const EncoderConfig& config) {
    if (config.session == 0)
        return Error{ErrorCode::InvalidInput, "encoder: session 0 is reserved"};
    if (config.frame_bytes < kFrameBytesMin || config.frame_bytes > kFrameBytesMax)
        return Error{ErrorCode::InvalidInput, "encoder: frame_bytes is " +
                                                  std::to_string(config.frame_bytes) +
                                                  "; it takes " + std::to_string(kFrameBytesMin) +
                                                  " to " + std::to_string(kFrameBytesMax)};
    return FrameEncoder{config};
}

FrameEncoder::FrameEncoder(const EncoderConfig& config)
    : config_(config),
      body_bytes_max_(config.frame_bytes - kLinkHeadersBytes - kDatagramHeaderBytes),
      next_sequence_(config.first_sequence),
      next_transaction_(config.first_transaction) {
    body_.reserve(body_bytes_max_);
}

Result<void> FrameEncoder::add(BytesView transaction, FrameBatch& out, BytesView sender_hint) {
    if (transaction.empty() || transaction.size() > kTransactionBytesMax)
        return Error{ErrorCode::InvalidInput,
                     "encoder: a transaction of " + std::to_string(transaction.size()) +
                         " bytes; it takes 1 to " + std::to_string(kTransactionBytesMax)};
    if (!sender_hint.empty() && sender_hint.size() != kSenderHintBytes)
        return Error{ErrorCode::InvalidInput, "encoder: a sender hint of " +
                                                  std::to_string(sender_hint.size()) +
                                                  " bytes; it has 20"};
    if (kRecordHeaderBytes + sender_hint.size() + transaction.size() > body_bytes_max_)
        sender_hint = {};
    const size_t record_bytes = kRecordHeaderBytes + sender_hint.size() + transaction.size();
    if (record_bytes > body_bytes_max_) {
        flush(out);
        add_fragments(transaction, out);
        ++next_transaction_;
        return {};
    }
    if (body_.size() + record_bytes > body_bytes_max_ || body_count_ == kTransactionsPerFrameMax)
        flush(out);
    uint8_t record[kRecordHeaderBytes] = {};
    store_be16(record, static_cast<uint16_t>(transaction.size()));
    if (!sender_hint.empty()) record[2] = kRecordHasSenderHint;
    append(body_, record);
    append(body_, sender_hint);
    append(body_, transaction);
    ++body_count_;
    ++next_transaction_;
    return {};
}

void FrameEncoder::flush(FrameBatch& out) {
    if (body_count_ == 0) return;
    const BytesView body[] = {body_};
    emit(FrameKind::Transactions, body_count_, next_transaction_ - body_count_, body, out);
    body_.clear();
    body_count_ = 0;
}

void FrameEncoder::add_fragments(BytesView transaction, FrameBatch& out) {
    const size_t piece_bytes = body_bytes_max_ - kFragmentHeaderBytes;
    const size_t pieces = (transaction.size() + piece_bytes - 1) / piece_bytes;
    for (size_t i = 0; i < pieces; ++i) {
        const size_t begin = i * piece_bytes;
        uint8_t header[kFragmentHeaderBytes] = {};
        store_be32(header, static_cast<uint32_t>(transaction.size()));
        store_be32(header + 4, static_cast<uint32_t>(begin));
        store_be16(header + 8, static_cast<uint16_t>(i));
        store_be16(header + 10, static_cast<uint16_t>(pieces));
        const BytesView body[] = {
            header, transaction.subspan(begin, std::min(piece_bytes, transaction.size() - begin))};
        emit(FrameKind::Fragment, 1, next_transaction_, body, out);
    }
}

void FrameEncoder::emit(FrameKind kind, uint16_t count, uint64_t transaction,
                        std::span<const BytesView> body, FrameBatch& out) {
    size_t body_bytes = 0;
    for (const BytesView part : body)
        body_bytes += part.size();
    const size_t link_bytes = config_.link_headers ? kLinkHeadersBytes : 0;
    const std::span<uint8_t> frame = out.append(link_bytes + kDatagramHeaderBytes + body_bytes);

    uint8_t* header = frame.data() + link_bytes;
    std::memset(header, 0, kDatagramHeaderBytes);
    store_be32(header + offset::kMagic, kMagic);
    header[offset::kVersion] = kProtocolVersion;
    header[offset::kKind] = static_cast<uint8_t>(kind);
    store_be16(header + offset::kHeaderLength, kDatagramHeaderBytes);
    store_be16(header + offset::kCount, count);
    store_be32(header + offset::kBodyLength, static_cast<uint32_t>(body_bytes));
    store_be64(header + offset::kSession, config_.session);
    store_be64(header + offset::kSequence, next_sequence_++);
    store_be64(header + offset::kTransaction, transaction);
    uint8_t* at = header + kDatagramHeaderBytes;
    for (const BytesView part : body) {
        std::memcpy(at, part.data(), part.size());
        at += part.size();
    }
    const uint32_t checksum =
        crc32c({header + kDatagramHeaderBytes, body_bytes}, crc32c({header, offset::kChecksum}));
    store_be32(header + offset::kChecksum, checksum);
    if (config_.link_headers) write_link_headers(config_, frame);
}

Result<FrameBatch> encode_all(const EncoderConfig& config,
                              std::span<const BytesView> transactions) {
    auto encoder = FrameEncoder::create(config);
    if (!encoder) return encoder.error();
    FrameBatch out;
    for (const BytesView transaction : transactions)
        if (auto added = encoder->add(transaction, out); !added) return added.error();
    encoder->flush(out);
    return out;
}

}  // namespace switchyard::dataplane
