// SPDX-License-Identifier: Apache-2.0
#include "host/plan/code_resolver.hpp"

#include <array>

namespace switchyard::plan {
namespace {

/// The account that a delegation designator names (EIP-7702): 0xef0100 and an address.
std::optional<Address> delegation_target(BytesView code) {
    constexpr std::array<uint8_t, 3> kPrefix{0xef, 0x01, 0x00};
    if (code.size() != kPrefix.size() + Address::kSize || !equal(code.first(3), kPrefix))
        return std::nullopt;
    return fixed_bytes_unchecked<Address::kSize>(code.subspan(kPrefix.size()));
}

}  // namespace

void CodeResolver::begin_block(const StateView& parent) {
    parent_ = &parent;
    ++block_;
    if (answers_.empty()) answers_.resize(kAnswers);
}

std::optional<Bytes32> CodeResolver::resolve(const Address& address,
                                             const TemplateStore& templates) const {
    auto account = parent_->account(address);
    if (!account || !account->has_code()) return std::nullopt;
    // Only a designator is as short as that; no other code has to be looked at.
    Bytes32 hash = account->code_hash;
    if (account->nonce != 0 && hash != kEmptyCodeHash) {
        const CodePointer code = parent_->code(hash);
        if (const auto target = delegation_target(code->bytes())) {
            account = parent_->account(*target);
            if (!account || !account->has_code()) return std::nullopt;
            hash = account->code_hash;
        }
    }
    if (const Uint256* const slot = templates.proxy_slot(hash)) {
        const auto behind = parent_->account(to_address(parent_->storage(address, *slot)));
        if (behind && behind->has_code()) hash = behind->code_hash;
    }
    return hash;
}

std::optional<Bytes32> CodeResolver::code_hash(const Address& address,
                                               const TemplateStore& templates) {
    Answer& answer = answers_[cell_of(address)];
    if (answer.block == block_ && answer.address == address) return answer.code_hash;
    const auto hash = resolve(address, templates);
    // Accounts without code are many and seldom asked for again; they displace nobody.
    if (hash || answer.block != block_) answer = {address, hash, block_};
    return hash;
}

std::optional<Bytes32> CodeResolver::remembered(const Address& address) const {
    if (answers_.empty()) return std::nullopt;
    const Answer& answer = answers_[cell_of(address)];
    return answer.block != 0 && answer.address == address ? answer.code_hash : std::nullopt;
}

}  // namespace switchyard::plan
