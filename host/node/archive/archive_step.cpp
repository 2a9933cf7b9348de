// SPDX-License-Identifier: Apache-2.0
#include "host/node/archive/archive_step.hpp"

#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"

namespace switchyard::node {
namespace {

constexpr uint8_t kBlock = 1;
constexpr uint8_t kHead = 2;

Error corrupt(const std::string& what) {
    return {ErrorCode::Corrupt, "a record of the archive's journal does not decode: " + what};
}

}  // namespace

Bytes encode_step(const ArchivedBlock& block) {
    Bytes out{kBlock};
    const Bytes record = encode_archived_block(block);
    out.insert(out.end(), record.begin(), record.end());
    return out;
}

Bytes encode_step(const HeadChange& change) {
    Bytes out{kHead};
    rlp::Encoder encoder(out);
    const size_t list = encoder.begin_list();
    const size_t ancestor = encoder.begin_list();
    if (change.ancestor) encoder.uint64(*change.ancestor);
    encoder.end_list(ancestor);
    const size_t added = encoder.begin_list();
    for (const BlockPointer& block : change.added)
        encoder.string(block->hash);
    encoder.end_list(added);
    encoder.string(change.marks.head);
    encoder.string(change.marks.safe);
    encoder.string(change.marks.finalized);
    encoder.end_list(list);
    return out;
}

Result<ArchiveStep> decode_step(BytesView encoded,
                                const std::function<Result<BlockPointer>(const Bytes32&)>& find) {
    if (encoded.empty()) return corrupt("it is empty");
    if (encoded[0] == kBlock) {
        auto block = decode_archived_block(encoded.subspan(1));
        if (!block) return block.error();
        return ArchiveStep(*std::move(block));
    }
    if (encoded[0] != kHead) return corrupt("unknown kind");
    rlp::Failure failure;
    rlp::Reader outer(encoded.subspan(1), failure);
    BytesView members;
    BytesView ancestor_members;
    BytesView added_members;
    HeadChange out;
    if (!outer.list("head change", members) || !outer.finish("head change"))
        return corrupt(failure.error().message);
    rlp::Reader change(members, failure);
    if (!change.list("ancestor", ancestor_members) || !change.list("added", added_members) ||
        !change.fixed("head", out.marks.head) || !change.fixed("safe", out.marks.safe) ||
        !change.fixed("finalized", out.marks.finalized) || !change.finish("head change"))
        return corrupt(failure.error().message);
    rlp::Reader ancestor(ancestor_members, failure);
    if (!ancestor.at_end()) {
        uint64_t number = 0;
        if (!ancestor.uint64("ancestor", number) || !ancestor.finish("ancestor"))
            return corrupt(failure.error().message);
        out.ancestor = number;
    }
    rlp::Reader added(added_members, failure);
    while (!added.at_end()) {
        Bytes32 hash;
        if (!added.fixed("added", hash)) return corrupt(failure.error().message);
        auto block = find(hash);
        if (!block) return block.error();
        if (*block == nullptr) return corrupt("block " + to_hex(hash) + " is not there");
        out.added.push_back(*std::move(block));
    }
    return ArchiveStep(std::move(out));
}

}  // namespace switchyard::node
