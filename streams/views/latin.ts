/**
 * Words of other scripts in Latin letters, so that what is typed in one finds what is written in another. Pure tables and rules, no dictionary, so Han
 * characters stay as they are, and so do scripts that leave vowels out (Arabic, Hebrew). Not to be read back, and not for display: accents and lengths are
 * dropped, as those who type leave them out.
 *
 * - Cyrillic: BGN/PCGN 1947 without its signs, which is what film titles go by ('Сталкер' is 'stalker'); letters of other languages by ISO 9's base letters
 * - Greek: ELOT 743 (ISO 843), without its context rules for 'αυ', 'ευ' before voiceless letters
 * - kana: modified Hepburn (ANSI Z39.11, ALA-LC) without macrons: 'ー', 'ou' and doubled vowels are short
 * - Hangul: Revised Romanization (Ministry of Culture and Tourism 2000-8), with its assimilations between syllables
 */

const pairs = (table: string): Readonly<Record<string, string>> =>
  Object.fromEntries(table.trim().split(/\s+/).map((pair) => pair.split('=') as [string, string]))

/** Letters that are no base letter with a mark. Signs that have no sound are nothing. */
const letters = pairs(`
  ß=ss æ=ae œ=oe ø=o đ=d ð=d þ=th ł=l ı=i ħ=h ŋ=n ə=e
  а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya
  і=i ї=i є=e ґ=g ў=u ђ=dj ј=j љ=lj њ=nj ћ=c џ=dz ѕ=z ә=a ғ=g қ=k ң=n ө=o ұ=u ү=u һ=h
  α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o`)
const greekPairs = pairs('ου=ou αυ=av ευ=ev ηυ=iv γγ=ng γξ=nx γχ=nch')

const kana = pairs(`
  あ=a い=i う=u え=e お=o か=ka き=ki く=ku け=ke こ=ko さ=sa し=shi す=su せ=se そ=so た=ta ち=chi つ=tsu て=te と=to な=na に=ni ぬ=nu ね=ne の=no
  は=ha ひ=hi ふ=fu へ=he ほ=ho ま=ma み=mi む=mu め=me も=mo や=ya ゆ=yu よ=yo ら=ra り=ri る=ru れ=re ろ=ro わ=wa ゐ=i ゑ=e を=o ん=n
  が=ga ぎ=gi ぐ=gu げ=ge ご=go ざ=za じ=ji ず=zu ぜ=ze ぞ=zo だ=da ぢ=ji づ=zu で=de ど=do ば=ba び=bi ぶ=bu べ=be ぼ=bo ぱ=pa ぴ=pi ぷ=pu ぺ=pe ぽ=po ゔ=vu
  ぁ=a ぃ=i ぅ=u ぇ=e ぉ=o ゃ=ya ゅ=yu ょ=yo ゎ=wa ゕ=ka ゖ=ke`)
/** A small vowel or glide after its consonant: 'きゃ' is 'kya', 'しゃ' 'sha', 'ファ' 'fa', 'ティ' 'ti'. */
function withSmall(consonant: string, small: string): string {
  const glide = small.startsWith('y')
  const stem = consonant.slice(0, -1)
  if (!glide) return `${stem === '' ? (consonant === 'u' ? 'w' : '') : stem}${small}`
  return /(?:sh|ch|j)$/.test(stem) ? `${stem}${small.slice(1)}` : `${stem}${small}`
}

/** Kana of a word in Latin letters. */
function fromKana(word: string): string {
  const hiragana = word.replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60)).replace(/[ーゝゞヽヾ]/g, '')
  const syllables: string[] = []
  for (const letter of hiragana) {
    const before = syllables.at(-1)
    const sound = kana[letter] ?? letter
    if (/[ぁぃぅぇぉゃゅょ]/.test(letter) && before !== undefined && /[a-z][iueo]$|^u$/.test(before)) syllables[syllables.length - 1] = withSmall(before, sound)
    else syllables.push(sound)
  }
  // a small 'tsu' doubles the consonant after it, 'ch' as 'tch'
  const doubled = syllables.join('').replace(/っ+(?=([a-z]))/g, (_, next: string) => (next === 'c' ? 't' : /[aiueo]/.test(next) ? '' : next)).replaceAll('っ', '')
  return doubled.replace(/([aueo])\1+|ou/g, (long) => long.charAt(0))
}

const HANGUL = 0xac00
const VOWELS = 'a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i'.split(' ')
const INITIALS = 'g kk n d tt r m b pp s ss  j jj ch k t p h'.split(' ')
/** What closes a syllable, before a consonant or at the end; and before a vowel, where it opens the next. */
const FINALS = ' k k k n n n t l k m l l l p l m p p t t ng t t k t p t'.split(' ')
const CARRIED = ' g kk ks n nj n d r lg lm lb ls lt lp r m b ps s ss ng j ch k t p '.split(' ')
const SILENT = 11
/** How a final and the initial after it sound together, where not one after the other. */
const assimilated = pairs('kn=ngn km=ngm kr=ngn tn=nn tm=nm tr=nn pn=mn pm=mm pr=mn nr=ll ln=ll lr=ll mr=mn ngr=ngn')

/** Hangul syllables of a word in Latin letters. */
function fromHangul(word: string): string {
  const syllables = Array.from(word, (syllable) => {
    const place = syllable.charCodeAt(0) - HANGUL
    return { initial: Math.floor(place / 588), vowel: Math.floor((place % 588) / 28), final: place % 28 }
  })
  return syllables.map(({ initial, vowel, final }, index) => {
    const [before, next] = [syllables[index - 1], syllables[index + 1]]
    const closed = before === undefined || before.final === 0 ? undefined : `${FINALS[before.final] ?? ''}${INITIALS[initial] ?? ''}`
    const joined = closed === undefined ? undefined : assimilated[closed]
    // what two sounds become was written with the first of them
    const opens = joined === undefined ? (INITIALS[initial] ?? '') : ''
    const ends = next === undefined ? (FINALS[final] ?? '')
      : next.initial === SILENT ? (CARRIED[final] ?? '')
        : final === 0 ? '' : (assimilated[`${FINALS[final] ?? ''}${INITIALS[next.initial] ?? ''}`] ?? FINALS[final] ?? '')
    return `${opens}${VOWELS[vowel] ?? ''}${ends}`
  }).join('')
}

const fromGreek = (word: string): string => word.replace(/^μπ/u, 'b').replace(/^ντ/u, 'd').replace(/[οαεη]υ|γ[γξχ]/gu, (pair) => greekPairs[pair] ?? pair)
const unmarked = (text: string): string => text.normalize('NFKD').replace(/\p{M}+/gu, '')

/** A word in lower case, composed (NFKC), in Latin letters without accents where its script has a table here. */
export function inLatin(word: string): string {
  const spoken = word.replace(/[ぁ-ゖァ-ヶーゝゞヽヾ]+/gu, fromKana).replace(/[가-힣]+/gu, fromHangul)
  const sounds = /\p{Script=Greek}/u.test(spoken) ? fromGreek(unmarked(spoken)) : spoken
  return Array.from(sounds, (letter) => letters[letter] ?? unmarked(letter)).join('')
}
