// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AssetToken} from "../shared/AssetToken.sol";

/// A token whose holders vote, or let a delegate vote. How many votes a delegate had is known for every past block.
contract VoteToken is AssetToken {
    struct Checkpoint {
        uint48 fromBlock;
        uint208 votes;
    }

    mapping(address => address) public delegates;
    mapping(address => Checkpoint[]) private _checkpoints;

    event DelegateChanged(address indexed holder, address indexed from, address indexed to);
    event VotesChanged(address indexed delegate, uint256 before, uint256 now_);

    error BlockNotPast(uint256 number);

    function delegate(address to) external {
        address from = delegates[msg.sender];
        delegates[msg.sender] = to;
        emit DelegateChanged(msg.sender, from, to);
        _moveVotes(from, to, balanceOf[msg.sender]);
    }

    function votesOf(address account) public view returns (uint256) {
        Checkpoint[] storage all = _checkpoints[account];
        return all.length == 0 ? 0 : all[all.length - 1].votes;
    }

    /// At the end of a block that is past. Binary search.
    function pastVotesOf(address account, uint256 number) external view returns (uint256) {
        if (number >= block.number) revert BlockNotPast(number);
        Checkpoint[] storage all = _checkpoints[account];
        uint256 low = 0;
        uint256 high = all.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (all[middle].fromBlock > number) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? 0 : all[high - 1].votes;
    }

    function _beforeTransfer(address from, address to, uint256 value) internal override {
        _moveVotes(delegates[from], delegates[to], value);
    }

    function _moveVotes(address from, address to, uint256 value) private {
        if (from == to || value == 0) return;
        if (from != address(0)) _write(from, votesOf(from) - value);
        if (to != address(0)) _write(to, votesOf(to) + value);
    }

    function _write(address account, uint256 votes) private {
        Checkpoint[] storage all = _checkpoints[account];
        uint256 count = all.length;
        emit VotesChanged(account, count == 0 ? 0 : all[count - 1].votes, votes);
        if (count > 0 && all[count - 1].fromBlock == block.number) all[count - 1].votes = uint208(votes);
        else all.push(Checkpoint(uint48(block.number), uint208(votes)));
    }
}
