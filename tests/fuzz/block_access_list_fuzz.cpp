// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to block access lists (EIP-7928): decoding against a second decoder, encoding
// as its inverse.
#include <cstdint>

#include "host/chain/block_access_list.hpp"
#include "host/chain/hash.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/rlp_schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    const BytesView input{data, size};
    const auto list = decode_block_access_list(input);
    require(list.has_value() == is_block_access_list(input),
            list ? "a malformed list decodes" : "a well-formed list does not decode");
    if (!list) return 0;
    require(equal(encode_block_access_list(*list), input), "encode(decode(x)) is not x");
    require(block_access_list_hash(*list) == keccak256(input), "the list hashes to another value");
    const uint64_t gas = kBlockAccessListItemGas * list->item_count();
    require(gas == 0 || !validate_block_access_list(*list, gas - 1, UINT32_MAX).has_value(),
            "a list passes that is longer than the gas limit allows");
    require(validate_block_access_list(*list, gas, UINT32_MAX).has_value(),
            "a list does not pass that the gas limit allows");
    return 0;
}
