// SPDX-License-Identifier: Apache-2.0
#include "host/node/archive/archived_block.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/evm/evm.hpp"

namespace switchyard::node {
namespace {

constexpr uint64_t kVersion = 1;
constexpr size_t kTopicsMax = 4;

void encode_receipt_record(rlp::Encoder& encoder, const Receipt& receipt) {
    const size_t list = encoder.begin_list();
    encoder.uint64(receipt.success ? 1 : 0);
    encoder.string(receipt.post_state_root ? BytesView(*receipt.post_state_root) : BytesView{});
    encoder.uint64(receipt.cumulative_gas_used);
    encoder.uint64(receipt.gas_used);
    encoder.raw(encode_logs(receipt.logs));
    encoder.end_list(list);
}

bool read_log(rlp::Reader& logs, rlp::Failure& failure, Log& out) {
    BytesView members;
    if (!logs.list("log", members)) return false;
    rlp::Reader log(members, failure);
    BytesView topic_members;
    if (!log.fixed("log address", out.address) || !log.list("log topics", topic_members))
        return false;
    rlp::Reader topics(topic_members, failure);
    while (!topics.at_end()) {
        if (out.topics.size() == kTopicsMax)
            return failure.fail("log topics", rlp::Fault::OutOfRange);
        if (!topics.fixed("log topic", out.topics.emplace_back())) return false;
    }
    return log.bytes("log data", out.data) && log.finish("log");
}

bool read_receipt(rlp::Reader& receipts, rlp::Failure& failure, Receipt& out) {
    BytesView members;
    if (!receipts.list("receipt", members)) return false;
    rlp::Reader receipt(members, failure);
    uint64_t success = 0;
    BytesView root;
    BytesView log_members;
    if (!receipt.uint64("receipt status", success) || !receipt.string("receipt root", root) ||
        !receipt.uint64("receipt cumulative gas", out.cumulative_gas_used) ||
        !receipt.uint64("receipt gas", out.gas_used) ||
        !receipt.list("receipt logs", log_members) || !receipt.finish("receipt"))
        return false;
    if (success > 1) return failure.fail("receipt status", rlp::Fault::OutOfRange);
    out.success = success == 1;
    if (!root.empty() && root.size() != Bytes32::kSize)
        return failure.fail("receipt root", rlp::Fault::WrongLength);
    if (!root.empty()) out.post_state_root = fixed_bytes_unchecked<32>(root);
    rlp::Reader logs(log_members, failure);
    while (!logs.at_end())
        if (!read_log(logs, failure, out.logs.emplace_back())) return false;
    return true;
}

struct Fields {
    BytesView block;
    BytesView senders;
    BytesView receipts;
    rlp::Item access_list;
};

bool read_fields(BytesView encoded, rlp::Failure& failure, ArchivedBlock& out, Fields& fields) {
    rlp::Reader outer(encoded, failure);
    BytesView members;
    uint64_t version = 0;
    if (!outer.list("record", members) || !outer.finish("record")) return false;
    rlp::Reader record(members, failure);
    if (!record.uint64("version", version)) return false;
    if (version != kVersion) return failure.fail("version", rlp::Fault::OutOfRange);
    if (!record.string("block", fields.block) ||
        !record.uint256("total difficulty", out.total_difficulty) ||
        !record.string("senders", fields.senders) || !record.list("receipts", fields.receipts) ||
        !record.item("access list", fields.access_list))
        return false;
    return record.finish("record");
}

Error corrupt(const std::string& what) {
    return {ErrorCode::Corrupt, "a block of the archive does not decode: " + what};
}

/// What the encoding leaves out.
Result<void> complete(BytesView encoded_block, ArchivedBlock& out) {
    const auto transactions = split_block_transactions(encoded_block);
    if (!transactions) return corrupt(transactions.error().message);
    for (const BytesView transaction : *transactions)
        out.transaction_hashes.push_back(keccak256(transaction));
    out.hash = header_hash(out.block.header);
    out.encoded_bytes = encoded_block.size();
    LogsBloom total;
    for (size_t i = 0; i < out.receipts.size(); ++i) {
        const Transaction& transaction = out.block.transactions[i];
        Receipt& receipt = out.receipts[i];
        receipt.type = transaction.type;
        if (transaction.is_create() && receipt.success)
            receipt.created_address = evm::create_address(out.senders[i], transaction.nonce);
    }
    fill_logs_blooms(out.receipts, total);
    return {};
}

}  // namespace

Bytes encode_archived_block(const ArchivedBlock& block) {
    Bytes out;
    rlp::Encoder encoder(out);
    const size_t list = encoder.begin_list();
    encoder.uint64(kVersion);
    encoder.string(encode_block(block.block));
    encoder.uint256(block.total_difficulty);
    Bytes senders;
    senders.reserve(block.senders.size() * Address::kSize);
    for (const Address& sender : block.senders)
        senders.insert(senders.end(), sender.begin(), sender.end());
    encoder.string(senders);
    const size_t receipts = encoder.begin_list();
    for (const Receipt& receipt : block.receipts)
        encode_receipt_record(encoder, receipt);
    encoder.end_list(receipts);
    // A list of no or one string: absent is not the same as empty.
    const size_t access_list = encoder.begin_list();
    if (block.access_list) encoder.string(*block.access_list);
    encoder.end_list(access_list);
    encoder.end_list(list);
    return out;
}

Result<BlockPointer> decode_archived_block(BytesView encoded) {
    rlp::Failure failure;
    auto out = std::make_shared<ArchivedBlock>();
    Fields fields;
    if (!read_fields(encoded, failure, *out, fields)) return corrupt(failure.error().message);
    auto block = decode_block(fields.block);
    if (!block) return corrupt(block.error().message);
    out->block = *std::move(block);
    const size_t count = out->block.transactions.size();
    if (fields.senders.size() != count * Address::kSize) return corrupt("number of senders");
    for (size_t i = 0; i < count; ++i)
        out->senders.push_back(
            fixed_bytes_unchecked<20>(fields.senders.subspan(i * Address::kSize, Address::kSize)));
    rlp::Reader receipts(fields.receipts, failure);
    while (!receipts.at_end()) {
        if (out->receipts.size() == count) return corrupt("number of receipts");
        if (!read_receipt(receipts, failure, out->receipts.emplace_back()))
            return corrupt(failure.error().message);
    }
    if (out->receipts.size() != count) return corrupt("number of receipts");
    if (!fields.access_list.is_list) return corrupt("access list");
    rlp::Reader access_list(fields.access_list.content, failure);
    if (!access_list.at_end()) {
        Bytes list;
        if (!access_list.bytes("access list", list) || !access_list.finish("access list"))
            return corrupt(failure.error().message);
        out->access_list = std::move(list);
    }
    if (const auto done = complete(fields.block, *out); !done) return done.error();
    return BlockPointer(std::move(out));
}

size_t memory_bytes(const ArchivedBlock& block) {
    size_t out = sizeof(ArchivedBlock) + 2 * block.encoded_bytes;
    out += block.senders.size() *
           (sizeof(Address) + sizeof(Bytes32) + sizeof(Receipt) + sizeof(Transaction));
    for (const Receipt& receipt : block.receipts)
        for (const Log& log : receipt.logs)
            out += sizeof(Log) + log.data.size() + log.topics.size() * sizeof(Bytes32);
    return out;
}

}  // namespace switchyard::node
