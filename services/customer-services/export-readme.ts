/** The README that comes with a person's data: what each file is, in plain words. */
export const exportReadme = (at: string): string => `Your data at Creme Dela Creme, as of ${at}

account.json       your account: address, country, when it was opened and last changed
profiles.json      the profiles of your account, and whether each has a PIN; the PIN itself is not stored in a readable form
preferences.json   how each profile likes to be served: genres, notifications, playback
sessions.json      where you are signed in: application, device, and when
ratings.json, .csv what each profile has rated, as it was stored
diary.json, .csv   the same as your diaries show it, newest first
viewings.json      each time that a profile saw a title: the day, stars, whether it was liked, your tags
imports.json       what you have brought from elsewhere, row by row as it came, and what became of it
social/*.json      your cards, whom you follow, your reviews, comments, likes, lists and reports, as far as there are any

JSON is text in UTF-8; CSV is comma-separated with one heading line, and opens in any spreadsheet. Times are in UTC.
Stars go from 0.5 to 5. title_id is the film's or series' id in the catalogue; put it after /v1/titles/ to see which one it is.
Passwords, passkeys and one-time codes are not part of this: they are stored only in forms that nobody can read, ourselves included.

This file can be fetched for seven days. You may correct your data in your account, and have all of it erased there.
`
