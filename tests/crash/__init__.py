"""The program killed at many moments; nothing acknowledged may be missing afterwards, and nothing may be half there."""
