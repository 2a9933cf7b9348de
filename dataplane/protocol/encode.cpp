// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/encode.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kFrameBytesMin = 640;      ///< over IPv4
constexpr size_t kFrameBytesMinIpv6 = 660;  ///< the same datagram
/// What a parity datagram carries before its shard's body.
constexpr size_t kParityOverhead = kParityHeaderBytes + kShardHeaderBytes;
static_assert(kFrameBytesMin - kLinkHeadersBytes == kFrameBytesMinIpv6 - kLinkHeadersBytesIpv6);
static_assert(kFrameBytesMin - kLinkHeadersBytes - kDatagramHeaderBytes - kParityOverhead -
                      kFragmentHeaderBytes >=
                  kFragmentBytesMin,
              "the smallest frame must carry the largest transaction in kFragmentsMax pieces");

void append(Bytes& to, BytesView bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

Error invalid(const std::string& what) {
    return {ErrorCode::InvalidInput, "encoder: " + what};
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
    if (config.session == 0) return invalid("session 0 is reserved");
    const size_t smallest = config.destination.ip.is_v4() ? kFrameBytesMin : kFrameBytesMinIpv6;
    if (config.frame_bytes < smallest || config.frame_bytes > kFrameBytesMax)
        return invalid("frame_bytes is " + std::to_string(config.frame_bytes) + "; it takes " +
                       std::to_string(smallest) + " to " + std::to_string(kFrameBytesMax));
    if (config.link_headers && config.source.ip.is_v4() != config.destination.ip.is_v4())
        return invalid("source and destination are of different families, IPv4 and IPv6");
    if (config.group.data == 0 || config.group.data > kGroupDataMax)
        return invalid("a group takes 1 to 32 data shards");
    if (config.group.parity > kGroupParityMax)
        return invalid("a group takes 0 to 16 parity shards");
    return FrameEncoder{config};
}

FrameEncoder::FrameEncoder(const EncoderConfig& config)
    : config_(config),
      body_bytes_max_(config.frame_bytes - link_headers_bytes(config.destination.ip) -
                      kDatagramHeaderBytes),
      next_sequence_(config.first_sequence),
      next_transaction_(config.first_transaction) {
    const bool groups = config.group.parity != 0;
    if (groups) {
        // So that a parity datagram, which carries a whole shard, is as long as a data datagram.
        body_bytes_max_ -= kParityOverhead;
        code_ = std::make_unique<GroupCode>();
    }
    shards_.resize(groups ? config.group.data : size_t{1});
    parity_.resize(config.group.parity);
    for (std::vector<Bytes>* shards : {&shards_, &parity_})
        for (Bytes& shard : *shards)
            shard.reserve(kShardHeaderBytes + body_bytes_max_);
}

Result<void> FrameEncoder::add(BytesView transaction, FrameBatch& out, BytesView sender_hint) {
    auto added = add_numbered(next_transaction_, transaction, out, sender_hint);
    if (added) ++next_transaction_;
    return added;
}

Result<void> FrameEncoder::add_numbered(uint64_t number, BytesView transaction, FrameBatch& out,
                                        BytesView sender_hint, size_t first_piece) {
    if (auto checked = check_transaction(transaction, sender_hint); !checked)
        return invalid(checked.error().message);
    if (number >= kTransactionNumbers) return invalid("a number of 2^62 or more");
    const size_t room = body_bytes_max_ - kTransactionsHeaderBytes;
    if (kRecordHeaderBytes + sender_hint.size() + transaction.size() > room) sender_hint = {};
    const size_t record_bytes = kRecordHeaderBytes + sender_hint.size() + transaction.size();
    if (record_bytes > room) {
        end_datagram(out, false);
        add_fragments(number, transaction, first_piece, out);
        return {};
    }
    if (count_ != 0) {
        const bool follows = number > last_number_ && number - last_number_ <= 256;
        const size_t used = body().size() - kShardHeaderBytes;
        if (!follows || used + record_bytes > body_bytes_max_ || count_ == kTransactionsPerFrameMax)
            end_datagram(out, false);
    }
    if (count_ == 0) {
        begin_body();
        uint8_t header[kTransactionsHeaderBytes] = {};
        store_be64(header, number);
        append(body(), header);
        last_number_ = number - 1;
    }
    uint8_t record[kRecordHeaderBytes] = {};
    store_be16(record, static_cast<uint16_t>(transaction.size()));
    record[2] = sender_hint.empty() ? 0 : kRecordHasSenderHint;
    record[3] = static_cast<uint8_t>(number - last_number_ - 1);
    append(body(), record);
    append(body(), sender_hint);
    append(body(), transaction);
    ++count_;
    last_number_ = number;
    return {};
}

void FrameEncoder::flush(FrameBatch& out) {
    end_datagram(out, true);
    end_group(out);
}

void FrameEncoder::begin_body() {
    body().assign(kShardHeaderBytes, 0);
}

/// Ends the datagram of transactions in the making, if there is one.
void FrameEncoder::end_datagram(FrameBatch& out, bool ends_group) {
    if (count_ == 0) return;
    store_be16(body().data() + kShardHeaderBytes + 8, count_);
    count_ = 0;
    end_body(FrameKind::Transactions, out, ends_group);
}

void FrameEncoder::add_fragments(uint64_t number, BytesView transaction, size_t first_piece,
                                 FrameBatch& out) {
    const size_t piece_bytes = body_bytes_max_ - kFragmentHeaderBytes;
    const size_t pieces = (transaction.size() + piece_bytes - 1) / piece_bytes;
    for (size_t turn = 0; turn < pieces; ++turn) {
        const size_t i = (first_piece + turn) % pieces;
        const size_t begin = i * piece_bytes;
        uint8_t header[kFragmentHeaderBytes] = {};
        store_be64(header, number);
        store_be32(header + 8, static_cast<uint32_t>(transaction.size()));
        store_be32(header + 12, static_cast<uint32_t>(begin));
        store_be16(header + 16, static_cast<uint16_t>(i));
        store_be16(header + 18, static_cast<uint16_t>(pieces));
        begin_body();
        append(body(), header);
        append(body(),
               transaction.subspan(begin, std::min(piece_bytes, transaction.size() - begin)));
        end_body(FrameKind::Fragment, out, false);
    }
}

/// Emits the body that stands behind the header of the shard in the making.
void FrameEncoder::end_body(FrameKind kind, FrameBatch& out, bool ends_group) {
    Bytes& shard = body();
    shard[0] = static_cast<uint8_t>(kind);
    store_be16(shard.data() + 2, static_cast<uint16_t>(shard.size() - kShardHeaderBytes));
    const BytesView parts[] = {BytesView{shard}.subspan(kShardHeaderBytes)};
    if (config_.group.parity == 0) {
        emit(kind, kNoPosition, false, parts, out);
        return;
    }
    const bool last = ends_group || position_ + 1 == config_.group.data;
    emit(kind, static_cast<uint8_t>(position_++), last, parts, out);
    if (last) end_group(out);
}

void FrameEncoder::end_group(FrameBatch& out) {
    if (position_ == 0) return;
    size_t size = 0;
    for (size_t i = 0; i < position_; ++i)
        size = std::max(size, shards_[i].size());
    std::array<const uint8_t*, kGroupDataMax> data;
    for (size_t i = 0; i < position_; ++i) {
        shards_[i].resize(size, 0);
        data[i] = shards_[i].data();
    }
    std::array<uint8_t*, kGroupParityMax> parity;
    for (size_t j = 0; j < parity_.size(); ++j) {
        parity_[j].resize(size);
        parity[j] = parity_[j].data();
    }
    code_->encode(std::span{data}.first(position_), std::span{parity}.first(parity_.size()), size);
    uint8_t header[kParityHeaderBytes] = {static_cast<uint8_t>(position_), config_.group.parity};
    for (size_t j = 0; j < parity_.size(); ++j) {
        const BytesView parts[] = {header, parity_[j]};
        emit(FrameKind::Parity, static_cast<uint8_t>(kGroupDataMax + j), false, parts, out);
    }
    position_ = 0;
    ++group_;
}

void FrameEncoder::add_control(FrameKind kind, BytesView body, FrameBatch& out) {
    SWITCHYARD_ASSERT(count_ == 0);
    const BytesView parts[] = {body};
    emit(kind, kNoPosition, false, parts, out);
}

void FrameEncoder::emit(FrameKind kind, uint8_t position, bool last_data,
                        std::span<const BytesView> parts, FrameBatch& out) {
    size_t body_bytes = 0;
    for (const BytesView part : parts)
        body_bytes += part.size();
    const size_t link_bytes = config_.link_headers ? link_headers_bytes(config_.destination.ip) : 0;
    const std::span<uint8_t> frame = out.append(link_bytes + kDatagramHeaderBytes + body_bytes);
    write_datagram({.kind = kind,
                    .last_data = last_data,
                    .session = config_.session,
                    .sequence = next_sequence_++,
                    .cookie = config_.cookie,
                    .group = position == kNoPosition ? 0 : group_,
                    .position = position},
                   parts, frame.subspan(link_bytes));
    if (config_.link_headers) write_link_headers(config_.source, config_.destination, frame);
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
