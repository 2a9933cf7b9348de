// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// A set of ticks below 4096 that knows its lowest and highest member: 16 words of one bit a tick, and a word that
/// says which of them are not empty.
library TickSet {
    struct Set {
        uint256 summary;
        uint256[16] words;
    }

    function add(Set storage set, uint16 tick) internal {
        uint256 index = tick >> 8;
        uint256 word = set.words[index];
        if (word == 0) set.summary |= 1 << index;
        set.words[index] = word | (1 << (tick & 255));
    }

    function remove(Set storage set, uint16 tick) internal {
        uint256 index = tick >> 8;
        uint256 word = set.words[index] & ~(1 << (tick & 255));
        set.words[index] = word;
        if (word == 0) set.summary &= ~(1 << index);
    }

    /// 0 when the set is empty.
    function highest(Set storage set) internal view returns (uint16) {
        uint256 summary = set.summary;
        if (summary == 0) return 0;
        uint256 index = _highestBit(summary);
        return uint16(index << 8 | _highestBit(set.words[index]));
    }

    /// 0 when the set is empty.
    function lowest(Set storage set) internal view returns (uint16) {
        uint256 summary = set.summary;
        if (summary == 0) return 0;
        uint256 index = _highestBit(summary & (~summary + 1));
        uint256 word = set.words[index];
        return uint16(index << 8 | _highestBit(word & (~word + 1)));
    }

    function _highestBit(uint256 x) private pure returns (uint256 bit) {
        unchecked {
            if (x >= 1 << 128) (x, bit) = (x >> 128, 128);
            if (x >= 1 << 64) (x, bit) = (x >> 64, bit + 64);
            if (x >= 1 << 32) (x, bit) = (x >> 32, bit + 32);
            if (x >= 1 << 16) (x, bit) = (x >> 16, bit + 16);
            if (x >= 1 << 8) (x, bit) = (x >> 8, bit + 8);
            if (x >= 1 << 4) (x, bit) = (x >> 4, bit + 4);
            if (x >= 1 << 2) (x, bit) = (x >> 2, bit + 2);
            if (x >= 1 << 1) bit += 1;
        }
    }
}
