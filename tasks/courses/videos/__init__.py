"""Videos: a film that was uploaded becomes a ladder of rungs with captions, part by part.

process     measures it and plans its parts                  encode     makes one part
transcribe  what is said in it, and a summary                join       playlists, whole and last; ready
films       the film in the storage, names of what is made   playlists  HTTP Live Streaming
telling     what its instructor is told                      encoder/   the process that decodes and encodes
"""
