// SPDX-License-Identifier: Apache-2.0
#include "host/evm/evm.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "host/evm/any_machine.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::evm {
namespace {

Address address_from_hash_of(BytesView preimage) {
    Bytes32 hash;
    simd::keccak256(preimage, hash.bytes);
    return fixed_bytes_unchecked<Address::kSize>(BytesView{hash}.subspan(12));
}

}  // namespace

Evm::Evm(Revision revision)
    : machine_(make_for(revision, []<Revision R>() { return make_machine<R>(); })) {}
Evm::~Evm() = default;
Evm::Evm(Evm&&) noexcept = default;
Evm& Evm::operator=(Evm&&) noexcept = default;

CallResult Evm::execute(const BlockContext& block, const TransactionContext& transaction,
                        const Message& message, TransactionState& state) {
    return machine_->execute(block, transaction, message, state);
}

Address Evm::unsupported_precompile() const {
    return machine_->unsupported_precompile();
}

Address create_address(const Address& sender, uint64_t nonce) {
    // rlp([sender, nonce]): list header, string header and 20 bytes, then the nonce without leading
    // zeros; a nonce below 128 is its own encoding, and 0 is the empty string.
    std::array<uint8_t, 2 + Address::kSize + 9> rlp{};
    size_t size = 1;
    rlp[size++] = 0x80 + Address::kSize;
    std::copy(sender.begin(), sender.end(), rlp.begin() + 2);
    size += Address::kSize;
    if (nonce != 0 && nonce < 0x80) {
        rlp[size++] = static_cast<uint8_t>(nonce);
    } else {
        const size_t bytes = (static_cast<size_t>(std::bit_width(nonce)) + 7) / 8;
        rlp[size++] = static_cast<uint8_t>(0x80 + bytes);
        for (size_t i = bytes; i-- > 0;)
            rlp[size++] = static_cast<uint8_t>(nonce >> (8 * i));
    }
    rlp[0] = static_cast<uint8_t>(0xc0 + size - 1);
    return address_from_hash_of({rlp.data(), size});
}

Address create2_address(const Address& sender, const Bytes32& salt, BytesView init_code) {
    std::array<uint8_t, 1 + Address::kSize + 2 * Bytes32::kSize> preimage{0xff};
    std::copy(sender.begin(), sender.end(), preimage.begin() + 1);
    std::copy(salt.begin(), salt.end(), preimage.begin() + 21);
    simd::keccak256(init_code, std::span<uint8_t, 32>(preimage.data() + 53, 32));
    return address_from_hash_of(preimage);
}

}  // namespace switchyard::evm
