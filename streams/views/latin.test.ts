import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { inLatin } from './latin.ts'

const all = (words: Readonly<Record<string, string>>): void => {
  expect(Object.fromEntries(Object.keys(words).map((word) => [word, inLatin(word.normalize('NFKC'))]))).toEqual(words)
}

describe('in Latin letters', () => {
  it('has Cyrillic as films are called', () => all({
    сталкер: 'stalker', андрей: 'andrey', щит: 'shchit', хрусталёв: 'khrustalev', жизнь: 'zhizn', объект: 'obekt', їжак: 'izhak', њежан: 'njezhan',
  }))
  it('has Greek, of which some letters sound together', () => all({ ευρυδίκη: 'evrydiki', ουρανός: 'ouranos', μπλε: 'ble', άγγελος: 'angelos', θίασος: 'thiasos', ψυχή: 'psychi' }))
  it('has kana: glides, doubled consonants, long vowels short', () => all({
    となりのトトロ: 'tonarinototoro', アキラ: 'akira', しゃしん: 'shashin', きょう: 'kyo', ニュース: 'nyusu', がっこう: 'gakko', まっちゃ: 'matcha', ぽにょ: 'ponyo', ファイト: 'faito',
    パーティー: 'pati', ウィキ: 'wiki', ヴァイオリン: 'vaiorin', ラブレター: 'rabureta', おいしい: 'oishii',
  }))
  it('has Hangul, of which one syllable sounds into the next', () => all({
    기생충: 'gisaengchung', 올드보이: 'oldeuboi', 밀양: 'miryang', 신라: 'silla', 백마: 'baengma', 왕십리: 'wangsimni', 괴물: 'goemul', 부산행: 'busanhaeng', 없어: 'eopseo', 값: 'gap',
  }))
  it('has Latin letters without what is on and in them', () => all({ amélie: 'amelie', jørgen: 'jorgen', łódź: 'lodz', straße: 'strasse', æon: 'aeon', ığdır: 'igdir' }))
  it('leaves what it has no table for', () => all({ 千: '千', 隠: '隠', שלום: 'שלום', '2001': '2001' }))
})

test('what is in Latin letters stays so, and nothing but letters and digits comes of a word', () => {
  const letter = fc.constantFrom(...Array.from('aéøßжйъщїαυγμπςあきんっゃァティヴー기생충밀양없千ש9'))
  fc.assert(fc.property(fc.array(letter, { maxLength: 12 }).map((some) => some.join('')), (word) => {
    const latin = inLatin(word)
    expect(latin).toMatch(/^[\p{L}\p{N}]*$/u)
    expect(inLatin(latin)).toBe(latin)
  }))
})
