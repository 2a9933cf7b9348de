// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IErc20} from "./IErc20.sol";

/// EIP-20 without metadata. `_beforeTransfer` is for what a token checks on every movement.
abstract contract Erc20 is IErc20 {
    uint256 public totalSupply;                                        // slot 0
    mapping(address => uint256) public balanceOf;                      // slot 1
    mapping(address => mapping(address => uint256)) public allowance;  // slot 2

    error InsufficientBalance(address owner, uint256 has, uint256 needs);
    error InsufficientAllowance(address owner, address spender, uint256 has, uint256 needs);
    error InvalidRecipient();

    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// An allowance of 2^256 - 1 is never used up.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) {
            if (allowed < value) revert InsufficientAllowance(from, msg.sender, allowed, value);
            unchecked {
                allowance[from][msg.sender] = allowed - value;
            }
        }
        _transfer(from, to, value);
        return true;
    }

    function _beforeTransfer(address from, address to, uint256 value) internal virtual {}

    function _transfer(address from, address to, uint256 value) internal {
        if (to == address(0)) revert InvalidRecipient();
        _beforeTransfer(from, to, value);
        uint256 balance = balanceOf[from];
        if (balance < value) revert InsufficientBalance(from, balance, value);
        unchecked {
            // No sum of balances exceeds the total supply, which fits.
            balanceOf[from] = balance - value;
            balanceOf[to] += value;
        }
        emit Transfer(from, to, value);
    }

    function _mint(address to, uint256 value) internal {
        if (to == address(0)) revert InvalidRecipient();
        _beforeTransfer(address(0), to, value);
        totalSupply += value;
        unchecked {
            balanceOf[to] += value;
        }
        emit Transfer(address(0), to, value);
    }

    function _burn(address from, uint256 value) internal {
        _beforeTransfer(from, address(0), value);
        uint256 balance = balanceOf[from];
        if (balance < value) revert InsufficientBalance(from, balance, value);
        unchecked {
            balanceOf[from] = balance - value;
            totalSupply -= value;
        }
        emit Transfer(from, address(0), value);
    }
}
