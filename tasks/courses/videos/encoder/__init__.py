"""The encoder: one film in, the pieces of a ladder out. It works in a process of its own, which is given bytes alone.

facts      what a film is, what is refused, and the numbers of a ladder
apart      runs a step in a child process and serves it the film's bytes: the door for everybody else
child      the program of that process; all below are loaded there, and nothing of the engine
source     opens a film of which it knows no name
probe      measures a film and refuses what cannot be made into a ladder
steady     puts frames in order, and lets no picture stand over a border of segments
pictures   one stretch in its rungs, H.264
sound      the sound of a whole film, AAC
speech     sound for a transcriber, WAV
captions   captions that the film brings along
thumbnail  one picture of it
boxes      reads the segments of what was written
"""
