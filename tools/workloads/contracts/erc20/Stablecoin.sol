// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";

/// An issued currency as the large ones are: it can be paused, and accounts can be frozen, so that every transfer
/// reads one slot that all share and one for each side.
contract Stablecoin is AssetToken {
    bool public paused;
    mapping(address => bool) public frozen;

    event Paused(bool paused);
    event Frozen(address indexed account, bool frozen);

    error TransfersPaused();
    error AccountFrozen(address account);

    function setPaused(bool value) external onlyOwner {
        paused = value;
        emit Paused(value);
    }

    function setFrozen(address account, bool value) external onlyOwner {
        frozen[account] = value;
        emit Frozen(account, value);
    }

    function _beforeTransfer(address from, address to, uint256) internal view override {
        if (paused) revert TransfersPaused();
        if (frozen[from]) revert AccountFrozen(from);
        if (frozen[to]) revert AccountFrozen(to);
    }
}
