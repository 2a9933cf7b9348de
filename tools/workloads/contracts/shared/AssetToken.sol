// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Erc20} from "./Erc20.sol";
import {Owned} from "./Owned.sol";

/// An ERC-20 token whose owner issues it. Each kind of workload that needs one derives its own.
abstract contract AssetToken is Erc20, Owned {
    uint8 public constant decimals = 18;

    function mint(address to, uint256 value) external onlyOwner {
        _mint(to, value);
    }

    /// `value` to each of `to`.
    function mintBatch(address[] calldata to, uint256 value) external onlyOwner {
        for (uint256 i = 0; i < to.length; ++i) _mint(to[i], value);
    }
}
